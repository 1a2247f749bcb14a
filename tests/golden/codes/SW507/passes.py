from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Swarm, Task


def words() -> Iterator[tuple[str, int]]:
    yield "a", 1


def count(words: list[tuple[str, int]]) -> int:
    return len(words)


def report(counts: list[int]) -> int:
    return sum(counts)


class Example(Swarm):
    def execute(self) -> Task:
        source = Task(words, "any")
        reducers = Task(count, "maximum", maximum=4)(source, key=0)
        return Task(report, "any")(reducers)
