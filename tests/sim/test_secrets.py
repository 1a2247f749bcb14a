"""Secrets in simulated runs, whose processes die and whose controller is replaced."""

from __future__ import annotations

import pytest

from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.errors import SecretsWrong
from swarmdsl.light import secret
from swarmdsl.testing import FaultKind, simulate

VALUE = "open-sesame-7f1c"
DEADLY = (FaultKind.KILL, FaultKind.KILL_CONTROLLER)


def fetch() -> int:
    """Twice: the second answer is not remembered either."""
    return len(secret("token")) + len(secret("token", bytes))


class Sum(Daemon):
    """Knows it, too."""

    @on
    def add(self, number: int) -> int:
        """Ask in a handler."""
        return number + len(secret("token"))


class Lengths(Swarm):
    """A function and a daemon module."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Sum, "any", secrets=["token"])(Task(fetch, "any", secrets=["token"]))


@pytest.mark.parametrize("seed", range(10))
def test_whoever_is_started_anew_is_told_again_and_no_trace_holds_it(seed: int) -> None:
    simulation = simulate(Lengths(), seed=seed, kinds=DEADLY, secrets={"token": VALUE})
    assert simulation.outcome is not None
    assert simulation.outcome.state.value == "COMPLETED"
    lines = simulation.trace.lines()
    assert any("secrets.get" in line for line in lines)
    assert any("***" in line for line in lines)
    assert not any(VALUE in line for line in lines)


def test_a_simulation_wants_what_is_declared() -> None:
    with pytest.raises(SecretsWrong, match="token is declared by"):
        simulate(Lengths(), seed=0)
