from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task

INVENTORY = Inventory(nodes=(Node(name="a"), Node(name="b", gpus=1)))


def train() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(train, gpu=True)
