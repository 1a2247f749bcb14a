from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import Local


def read(local: Local) -> str:
    return local.node


def clean(text: str) -> str:
    return text.upper()


class Example(Swarm):
    def execute(self) -> Task:
        readers = Task(read, "all")
        return Task(clean, "any")(readers, policy="pair")
