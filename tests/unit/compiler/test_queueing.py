"""The wait is that of the textbook."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.compiler.queueing import mean_wait, waiting_share


def by_definition(offered: float, servers: int) -> float:
    """Erlang's formula C as it is written in books, which overflows for many servers."""
    last = offered**servers / math.factorial(servers) / (1 - offered / servers)
    return last / (sum(offered**k / math.factorial(k) for k in range(servers)) + last)


@given(servers=st.integers(1, 30), utilisation=st.floats(0.01, 0.99))
def test_the_share_that_waits_is_erlangs(servers: int, utilisation: float) -> None:
    offered = servers * utilisation
    assert waiting_share(offered, servers) == pytest.approx(by_definition(offered, servers))


def test_one_server_is_the_simple_queue() -> None:
    assert mean_wait(arrival=8.0, service_time=0.1, servers=1) == pytest.approx(0.4)


@given(
    arrival=st.floats(0.001, 1e4),
    service_time=st.floats(1e-6, 10.0),
    servers=st.integers(1, 500),
)
def test_one_more_server_never_makes_anybody_wait_longer(
    arrival: float, service_time: float, servers: int
) -> None:
    now = mean_wait(arrival=arrival, service_time=service_time, servers=servers)
    more = mean_wait(arrival=arrival, service_time=service_time, servers=servers + 1)
    assert 0 <= more <= now * (1 + 1e-9)
