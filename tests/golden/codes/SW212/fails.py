from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on


def first() -> None: ...


class Numbers(Daemon):
    def produce(self) -> Iterator[int]:
        yield 1


class Both(Numbers):
    @on
    def take(self, number: int) -> None: ...


class Kept(Numbers):
    def snapshot(self) -> int:
        return 1

    def restore(self, state: int) -> None: ...


class Taker(Daemon):
    @on
    def take(self, number: int) -> None: ...


class Example(Swarm):
    def execute(self) -> list[Task]:
        late = Task(Numbers, "any")(Task(first, "any"))
        return [Task(Taker, "any")([late, Task(Kept, "any")]), Task(Both, "any")]
