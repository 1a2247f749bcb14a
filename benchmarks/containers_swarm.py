"""A swarm of containers with nothing to do: every node pushes a number to the first one."""

from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import World

PUSHED = "pushed"


def answer() -> int:
    """What every node says."""
    return 1


def heard(answers: list[int], world: World) -> int:
    """How many nodes have said it."""
    world.results.add(PUSHED, len(answers))
    return sum(answers)


class Heard(Swarm):
    """One task on as many nodes as there are, and one that hears them all."""

    def execute(self) -> Task:
        """The graph."""
        return Task(heard, "any", specified_ids=["node1"])(Task(answer, "all", alias="answer"))
