"""A first result from a swarm of two tasks, on one node with two slots."""

from __future__ import annotations

from tempfile import TemporaryDirectory

from benchmarks.startup_work import PROCESSES, first, tell, then
from swarmdsl import Node, Swarm, Task


class Two(Swarm):
    """One task after the other."""

    def execute(self) -> Task:
        """The graph."""
        return Task(then, method="any")(Task(first, method="any"))


if __name__ == "__main__":
    with TemporaryDirectory(prefix="startup-") as home:
        tell(Two().run(home=home, nodes=[Node(name="node1", slots=PROCESSES)]).value)
