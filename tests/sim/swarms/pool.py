"""A diamond: jobs dealt to workers that run for each, and see what comes of all of them."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Condition, Swarm, Task

JOBS = 12


def jobs() -> Iterator[int]:
    yield from range(JOBS)


def count(jobs: list[int]) -> int:
    return len(jobs)


def work(job: int, known: int) -> int:
    return job * known


def collect(results: list[int]) -> list[int]:
    return sorted(set(results))


class Pool(Swarm):
    def execute(self) -> Task:
        source = Task(jobs, method="any")
        counted = Task(count, method="any", alias="known")(source)
        workers = Task(work, method="all")(counted)
        workers(source, condition=Condition.RESULT, policy="balance")
        return Task(collect, method="any")(workers)
