from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Condition, Swarm, Task


def numbers() -> Iterator[int]:
    yield 1


def texts() -> Iterator[str]:
    yield "a"


def show(value: int | str) -> str:
    return str(value)


class Example(Swarm):
    def execute(self) -> Task:
        sources = [Task(numbers, "any"), Task(texts, "any")]
        return Task(show, "any")(sources, condition=Condition.RESULT)
