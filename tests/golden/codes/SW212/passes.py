from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on


class Numbers(Daemon):
    next = 0

    def produce(self) -> Iterator[int]:
        yield self.next

    def position(self) -> int:
        return self.next

    def seek(self, position: int) -> None:
        self.next = position


class Total(Daemon):
    total = 0

    @on
    def take(self, number: int) -> int:
        self.total += number
        return self.total


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Total, "any")(Task(Numbers, "any"))
