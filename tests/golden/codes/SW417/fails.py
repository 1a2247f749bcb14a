from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task

INVENTORY = Inventory(nodes=(Node(name="camera", host="lst1.example.org"),))


def start() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(start, "any")
