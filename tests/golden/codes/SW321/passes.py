from __future__ import annotations

from pathlib import Path

from swarmdsl import Swarm, Task, module
from swarmdsl.api import inventory_of

INVENTORY = inventory_of(Path(__file__).with_name("there.toml"))


@module(datasets=["numbers"])
def total() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(total)
