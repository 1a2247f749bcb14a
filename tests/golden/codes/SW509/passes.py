from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Condition, Swarm, Task


def words() -> Iterator[tuple[str, int]]:
    yield "a", 1


def work(word: tuple[str, int]) -> int:
    return word[1]


def report(counts: list[int]) -> int:
    return sum(counts)


class Example(Swarm):
    def execute(self) -> Task:
        each = Condition.RESULT
        worked = Task(work, "all")(Task(words, "any"), condition=each, policy="balance")
        return Task(report, "any")(worked)
