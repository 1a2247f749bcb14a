from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task

INVENTORY = Inventory(nodes=(Node(name="node1", slots=1, gpus=1),))


def train(part: int) -> int:
    return part


class Example(Swarm):
    def execute(self) -> list[Task]:
        parts = [{"part": 1}, {"part": 2}]
        return [Task(train, inputs=part, gpu=True) for part in parts]
