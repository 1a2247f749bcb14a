from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task

INVENTORY = Inventory(
    nodes=(
        Node(name="stated", memory="64GiB"),
        Node(name="silent", memory="8GiB"),
    )
)


def train() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(train, resources={"memory": "4GiB"})
