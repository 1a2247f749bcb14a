from __future__ import annotations

from typing import Any

from swarmdsl import Swarm, Task
from swarmdsl.light import World


def count(world: World) -> None:
    shared: Any = world.globals
    shared["words"] += 10


class Example(Swarm):
    def __init__(self) -> None:
        super().__init__()
        self.set_global("words", 0)

    def execute(self) -> Task:
        return Task(count, "all")
