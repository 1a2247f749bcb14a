from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task, module

INVENTORY = Inventory(
    nodes=(
        Node(name="cold", slots=2),
        Node(name="warm", datasets={"digits": "/data/digits.npz"}),
    )
)


@module(datasets=["digits"])
def train() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(train, excepted_ids=["cold"])
