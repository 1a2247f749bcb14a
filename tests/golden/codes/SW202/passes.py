from __future__ import annotations

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


def compare(left: int, right: int) -> bool:
    return left == right


class Example(Swarm):
    def execute(self) -> Task:
        sides = [Task(number, "any", alias=side) for side in ("left", "right")]
        return Task(compare, "any")(sides)
