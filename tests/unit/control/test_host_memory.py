"""With whom a controller shares memory."""

from __future__ import annotations

import pytest

from swarmdsl.control.host_memory import host_memory
from swarmdsl.topology.model import Limits


@pytest.mark.parametrize("address", ["unix:///run/c", "ipc:///run/c"])
def test_it_shares_with_daemons_of_its_host(address: str) -> None:
    with host_memory(address, Limits()) as memory:
        assert memory is not None
        assert memory.sharing.lender is None
        assert memory.sheets.write([b"some"]) is not None


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.1:5", "tcp-plaintext://10.0.0.1:5", "memory://c"]
)
def test_it_looks_for_nothing_that_is_said_over_a_network(address: str) -> None:
    with host_memory(address, Limits()) as memory:
        assert memory is None


def test_it_shares_nothing_where_the_limits_say_so() -> None:
    with host_memory("unix:///run/c", Limits(arena_bytes=0)) as memory:
        assert memory is None
