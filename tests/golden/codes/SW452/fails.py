from __future__ import annotations

from swarmdsl import Driver, Swarm, Task


def train() -> int:
    return 1


class Example(Swarm):
    def __init__(self) -> None:
        super().__init__()
        self.add_network("backend", Driver.BRIDGE)
        self.add_network("backend", Driver.OVERLAY)

    def execute(self) -> Task:
        return Task(train, network="backend")
