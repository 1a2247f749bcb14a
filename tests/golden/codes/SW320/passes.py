from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task, module

INVENTORY = Inventory(
    nodes=(
        Node(name="north", datasets={"numbers": "/data/numbers"}),
        Node(name="south", datasets={"numbers": "/data/numbers"}),
    )
)


@module(datasets=["numbers"])
def total() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(total)
