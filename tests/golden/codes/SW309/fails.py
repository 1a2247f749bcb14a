from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task

INVENTORY = Inventory(
    nodes=(
        Node(name="big", slots=8, memory="64GiB"),
        Node(name="small", slots=4, memory="16GiB"),
    )
)


def train() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(train, resources={"cpu": 2, "memory": "128GiB"})
