from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task

INVENTORY = Inventory(
    nodes=(
        Node(name="a", gpus=1),
        Node(name="b", gpus=1),
        Node(name="c"),
        Node(name="d"),
    )
)


def train() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(train, "maximum", maximum=3, gpu=True)
