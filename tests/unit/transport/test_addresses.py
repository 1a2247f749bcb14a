from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from swarmdsl.errors import TransportError
from swarmdsl.transport import TRANSPORTS, load_transport, transport_for
from swarmdsl.transport.addresses import PATH_BYTES_MAX, memory_name, socket_path


def test_a_path_may_fill_the_socket_address() -> None:
    path = "/" + "x" * (PATH_BYTES_MAX - 1)
    assert socket_path(f"ipc://{path}", "ipc") == path


def test_a_longer_path_is_told_by_how_much_in_bytes_not_letters() -> None:
    with pytest.raises(TransportError) as caught:
        socket_path("ipc:///" + "ä" * 60, "ipc")
    assert caught.value.problem == (
        "the path has 121 bytes and a Unix socket takes at most 107; "
        "choose a folder whose name is 14 bytes shorter, such as one under /tmp"
    )


@pytest.mark.parametrize(
    "address", ["ipc://relative", "ipc://@abstract", "ipc://*", "ipc:///a\0b", "ipc:///\udc80"]
)
def test_a_path_that_is_not_absolute_or_not_text_is_refused(address: str) -> None:
    with pytest.raises(TransportError) as caught:
        socket_path(address, "ipc")
    assert "write" in caught.value.problem
    assert str(caught.value).isprintable()


def test_an_address_of_another_transport_is_refused_by_name() -> None:
    with pytest.raises(TransportError, match="belongs to the transport 'ipc', and this is 'mem"):
        memory_name("ipc:///a")


@pytest.mark.parametrize("scheme", TRANSPORTS)
def test_every_registered_scheme_makes_a_transport(scheme: str) -> None:
    assert callable(transport_for(f"{scheme}:///x").listen)


@pytest.mark.parametrize("address", ["udp://a:1", "memory", ""])
def test_an_unknown_scheme_lists_the_known(address: str) -> None:
    known = "begin the address with unix:// or ipc:// or memory:// or tcp:// or"
    with pytest.raises(TransportError, match=known):
        transport_for(address)


@pytest.mark.parametrize("address", ["memory://a", "unix:///{folder}/a"])
def test_zmq_is_not_imported_where_nobody_speaks_it(address: str, tmp_path: Path) -> None:
    place = address.format(folder=tmp_path)
    code = (
        f"import sys, swarmdsl.transport as t; t.transport_for({place!r}).listen({place!r});"
        "sys.exit('zmq' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("address", "module"),
    [("unix:///a", "swarmdsl.transport.unix"), ("ipc:///a", "zmq"), ("tcp://*:*", "zmq")],
)
def test_a_transport_may_be_loaded_before_it_is_used(address: str, module: str) -> None:
    code = (
        f"import sys, swarmdsl.transport as t; t.load_transport({address!r});"
        f"sys.exit({module!r} not in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_to_load_what_no_transport_has_changes_nothing() -> None:
    load_transport("udp://a:1")
    load_transport("")
