from __future__ import annotations

from pathlib import Path
from threading import Lock

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


class Example(Swarm):
    def __init__(self) -> None:
        super().__init__()
        self.set_global("log", Lock())
        self.set_global("folder", Path("data"))

    def execute(self) -> Task:
        return Task(number, "any")
