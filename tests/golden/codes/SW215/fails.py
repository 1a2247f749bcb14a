from __future__ import annotations

from swarmdsl import Module, Swarm, Task


def number() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Module(number, requirements=["packaging=23"]), "any")
