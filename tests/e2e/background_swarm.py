"""Swarms that tests leave in the background: one that goes on for ever, one with a value."""

from __future__ import annotations

from swarmdsl import Limits, Swarm, Task
from swarmdsl.light import World
from tests.e2e.gated_swarm import Slow, pass_gate


def tell(world: World) -> int:
    """Say which round it is, and stop at the gate of it."""
    print(f"round {world.iteration}", flush=True)
    world.globals["round"] = world.iteration
    pass_gate(f"round{world.iteration}")
    return world.iteration


class Endless(Swarm):
    """A round after another, until somebody says stop."""

    max_iteration = 1_000_000

    def execute(self) -> Task:
        """The graph."""
        return Task(tell, method="any")


class Once(Swarm):
    """One round."""

    def execute(self) -> Task:
        """The graph."""
        return Task(tell, method="any")


def fall() -> int:
    """Raise."""
    return 1 // 0


class Failing(Swarm):
    """It fails in its first round."""

    def execute(self) -> Task:
        """The graph."""
        return Task(fall)


class Slowly(Swarm):
    """Its daemon does not connect as long as the gate `starting` is closed."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Slow)(Task(tell))


class Late(Slowly):
    """It is not waited for long."""

    limits = Limits(start_timeout_s=1.0)
