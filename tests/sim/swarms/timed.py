"""Timers: of sources that have nothing else, and beside handlers."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, every, on
from tests.sim.swarms.streaming import NUMBERS, Distinct, Numbers, Relay

PERIOD_S = 0.05


class Beats(Daemon):
    """Counts by the clock, and cannot be asked again."""

    count = 0

    @every(seconds=PERIOD_S)
    def beat(self) -> int:
        self.count += 1
        if self.count % NUMBERS == 0:
            self.finish()
        return self.count


class Clock(Beats):
    """Goes on where it was."""

    def position(self) -> int:
        return self.count

    def seek(self, position: int) -> None:
        self.count = position


class Pile(Daemon):
    """Keeps what comes for a while, and pushes it by the clock; what is left, at the end."""

    def __init__(self) -> None:
        self.highest = 0
        self.kept: list[int] = []

    @on
    def take(self, number: int) -> None:
        if number > self.highest:
            self.highest = number
            self.kept.append(number)

    @every(seconds=PERIOD_S)
    def flush(self) -> Iterator[int]:
        yield from self.kept[:2]
        del self.kept[:2]

    def on_round_end(self) -> Iterator[int]:
        yield from self.kept
        self.kept.clear()

    def snapshot(self) -> tuple[int, list[int]]:
        return self.highest, self.kept

    def restore(self, state: tuple[int, list[int]]) -> None:
        self.highest, self.kept = state


class Beating(Swarm):
    def execute(self) -> Task:
        return Task(Relay, method="any", alias="relay")(Task(Beats, method="any", alias="source"))


class Ticking(Swarm):
    max_iteration = 2

    def execute(self) -> Task:
        source = Task(Clock, method="any", alias="source")
        return Task(Distinct, method="any", alias="count")(source)


class Piled(Swarm):
    max_iteration = 2

    def execute(self) -> Task:
        source = Task(Numbers, method="any", alias="source")
        return Task(Pile, method="any", alias="pile")(source)
