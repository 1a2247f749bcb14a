from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Swarm, Task


def words() -> Iterator[tuple[str, int]]:
    yield "a", 1


def count(words: list[tuple[str, int]]) -> int:
    return len(words)


class Example(Swarm):
    def execute(self) -> Task:
        return Task(count, "any")(Task(words, "any"), key=0)
