"""A swarm with nothing to do: a task on every node, that answers with a number."""

from __future__ import annotations

from swarmdsl import Swarm, Task


def answer() -> int:
    """What a bare process answers, too."""
    return 1


class Answers(Swarm):
    """One task, on as many nodes as there are."""

    def execute(self) -> Task:
        """The graph: the task."""
        return Task(answer, method="all", alias="answer")
