from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Swarm, Task


def jobs() -> Iterator[int]:
    yield from range(3)


def work(jobs: list[int]) -> int:
    return sum(jobs)


class Example(Swarm):
    def execute(self) -> Task:
        source = Task(jobs, "any")
        return Task(work, "all")(source, policy="balanced")
