from __future__ import annotations

from swarmdsl import Module, Swarm, Task


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Module(None, "manta:pytorch", name="train"))
