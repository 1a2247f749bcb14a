from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task

INVENTORY = Inventory(nodes=(Node(name="node1"), Node(name="b", slots=2)))


def number() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(number, "any")
