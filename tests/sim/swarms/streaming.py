"""Sources: one that can be asked again, and one that cannot."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on

NUMBERS = 12


class Numbers(Daemon):
    """Goes on where it was."""

    def __init__(self) -> None:
        self.next = 0
        self.end = NUMBERS

    def produce(self) -> Iterator[int]:
        while self.next < self.end:
            self.next += 1
            yield self.next
        self.end += NUMBERS

    def position(self) -> tuple[int, int]:
        return self.next, self.end

    def seek(self, position: tuple[int, int]) -> None:
        self.next, self.end = position


class Once(Daemon):
    """Cannot be asked again."""

    def produce(self) -> Iterator[int]:
        yield from range(1, NUMBERS + 1)


class Distinct(Daemon):
    """Counts what it has not seen before: repeats come in order, too."""

    def __init__(self) -> None:
        self.highest = 0
        self.seen = 0

    @on
    def add(self, number: int) -> int | None:
        if number <= self.highest:
            return None
        self.highest = number
        self.seen += 1
        return self.seen

    def snapshot(self) -> tuple[int, int]:
        return self.highest, self.seen

    def restore(self, state: tuple[int, int]) -> None:
        self.highest, self.seen = state


class Relay(Daemon):
    @on
    def relay(self, number: int) -> int:
        return number


def collect(numbers: list[int]) -> list[int]:
    return numbers


class Replayed(Swarm):
    def execute(self) -> Task:
        source = Task(Numbers, method="any", alias="source")
        return Task(Distinct, method="any", alias="count")(source)


class Direct(Swarm):
    def execute(self) -> Task:
        return Task(Numbers, method="any", alias="source")


class Gathered(Swarm):
    def execute(self) -> Task:
        source = Task(Numbers, method="any", alias="source")
        return Task(collect, method="any", alias="all")(source)


class Unrepeated(Swarm):
    def execute(self) -> Task:
        source = Task(Once, method="any", alias="source")
        return Task(Relay, method="any", alias="relay")(source)


class UnrepeatedDirect(Swarm):
    def execute(self) -> Task:
        return Task(Once, method="any", alias="source")


class Sum(Daemon):
    @on
    def add(self, number: int) -> int:
        return number


class Dealt(Swarm):
    def execute(self) -> Task:
        source = Task(Numbers, method="any", alias="source")
        return Task(Sum, method="all", alias="sum")(source, policy="balance")


class DealtToFunctions(Swarm):
    def execute(self) -> Task:
        source = Task(Numbers, method="any", alias="source")
        return Task(collect, method="all", alias="sum")(source, policy="balance")
