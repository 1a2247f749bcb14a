from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task, module

INVENTORY = Inventory(nodes=(Node(name="cold"), Node(name="warm")))


@module
def train() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(train, specified_ids=["warm", "wrm"])  # swarm: ignore[SW306]
