from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task

INVENTORY = Inventory(
    nodes=(Node(name="node 1"), Node(name="b", slots=0), Node(name="c"), Node(name="c"))
)


def number() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(number, "any")
