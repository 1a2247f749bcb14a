from __future__ import annotations

from swarmdsl import Swarm, Task


def count() -> dict[str, int]:
    return {"a": 1}


def merge(counts: dict[str, int]) -> int:
    return sum(counts.values())


class Example(Swarm):
    def execute(self) -> Task:
        return Task(merge, "any")(Task(count, "any"))
