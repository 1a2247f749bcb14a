"""A stream too fast for its sink, on a link that delivers at most once and drops the oldest."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Limits, Swarm, Task, on


def produce() -> Iterator[int]:
    yield from range(60)


class Sample(Daemon):
    @on
    def sample(self, number: int) -> Iterator[str]:
        if number < 0:
            yield "never"


class Sampled(Swarm):
    limits = Limits(inbox_messages=8, batch_messages=2)

    def execute(self) -> Task:
        source = Task(produce, method="all", alias="source")
        sink = Task(Sample, method="any", alias="sink")
        return sink(source, delivery="at_most_once", overflow="drop_oldest")
