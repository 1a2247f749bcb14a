"""What a user may choose, and what each process gets of it."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from swarmdsl.deploy.access import Access, Will, access_for
from swarmdsl.errors import TransportError
from swarmdsl.transport.keys import KeyPair, keys_of

FOLDER = Path("/tmp/swarm-0")


def numbered(numbers: count[int]) -> KeyPair:
    number = next(numbers)
    return KeyPair(public=bytes([number]) * 32, secret=bytes([255 - number]) * 32)


def access(chosen: str, *daemons: str) -> Access:
    numbers = count()
    return access_for(chosen, daemons, lambda: numbered(numbers))


@pytest.mark.parametrize("transport", ["unix", "ipc"])
def test_on_one_machine_each_process_has_a_file_and_no_key(transport: str) -> None:
    chosen = access(transport, "a")
    assert (chosen.address(FOLDER, "3"), dict(chosen.keys)) == (f"{transport}://{FOLDER}/3", {})
    assert (chosen.tcp("a"), chosen.admitted) == (None, b"")


def test_over_tcp_the_kernel_chooses_the_port_on_the_loopback_interface() -> None:
    assert access("tcp").address(FOLDER, "3") == "tcp://127.0.0.1:*"


@pytest.mark.parametrize("host", ["10.0.0.5", "[::1]", "node1.lan"])
def test_a_host_may_be_chosen(host: str) -> None:
    assert access(f"tcp://{host}").address(FOLDER, "3") == f"tcp://{host}:*"


def test_over_tcp_the_controller_and_each_daemon_have_keys_of_their_own() -> None:
    chosen = access("tcp", "a", "b")
    assert list(chosen.keys) == ["controller", "a", "b"]
    assert len({pair.secret for pair in chosen.keys.values()}) == 3


def test_each_process_lets_in_all_others_and_knows_one_secret() -> None:
    chosen = access("tcp", "a", "b")
    options = chosen.tcp("a")
    assert options is not None
    assert options.own == chosen.keys["a"]
    assert options.admitted == {pair.public for pair in chosen.keys.values()}
    assert set(keys_of(chosen.admitted)) == options.admitted


def test_plaintext_has_no_keys_and_must_be_asked_for_by_its_name() -> None:
    chosen = access("tcp-plaintext", "a")
    assert (chosen.address(FOLDER, "3"), chosen.tcp("a")) == ("tcp-plaintext://127.0.0.1:*", None)


@pytest.mark.parametrize(
    "chosen", ["", "udp", "tcp:", "tcp://", "ipc:///tmp", "unix://", "TCP", "plaintext"]
)
def test_what_is_no_transport_is_told_with_all_there_are(chosen: str) -> None:
    with pytest.raises(
        TransportError, match=r"choose unix \(on this machine\), ipc \(.+, tcp \(encrypted"
    ):
        access(chosen)


@pytest.mark.parametrize("chosen", ["tcp://a b", "tcp://h:1", "tcp://eth0;10.0.0.1"])
def test_a_host_that_is_none_is_refused(chosen: str) -> None:
    with pytest.raises(TransportError, match="is not an address"):
        access(chosen)


def test_the_next_owner_inherits_all_keys_and_where_the_controller_was() -> None:
    will = Will(controller="tcp://127.0.0.1:1/ab", access=access("tcp://10.0.0.5", "a"))
    assert Will.unpacked(will.packed()) == will


def test_no_secret_is_shown() -> None:
    chosen = access("tcp", "a")
    shown = repr(Will(controller="", access=chosen)) + repr(chosen.tcp("a"))
    assert not any(repr(pair.secret)[2:-1] in shown for pair in chosen.keys.values())
