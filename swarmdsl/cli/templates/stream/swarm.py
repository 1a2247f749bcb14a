"""A stream: a sensor, a mean over the last readings, and an alarm.

The mean remembers where it was (`snapshot`, `restore`), and the sensor goes on where it stopped
(`position`, `seek`): kill a process with `kill -9` while it runs, and the alarms are the same.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from swarmdsl import Daemon, Swarm, Task, on

READINGS = 2_000
WINDOW = 10
TOO_WARM = 24.0


@dataclass(frozen=True)
class Reading:
    """A temperature in degrees Celsius, and its number in the stream."""

    number: int
    celsius: float


class Sensor(Daemon):
    """A source that can be put where it was."""

    def __init__(self) -> None:
        self.number = 0

    def produce(self) -> Iterator[Reading]:
        """A day's temperatures. Put your own device here; yield None while it has no reading."""
        while self.number < READINGS:
            self.number += 1
            yield Reading(self.number, 20 + 5 * math.sin(self.number / 100))

    def position(self) -> int:
        """How far it has come."""
        return self.number

    def seek(self, position: int) -> None:
        """Go on behind a position."""
        self.number = position


class Mean(Daemon):
    """The mean of the last readings."""

    def __init__(self) -> None:
        self.last = deque[Reading](maxlen=WINDOW)

    @on
    def take(self, reading: Reading) -> Reading | None:
        """One reading; None, which pushes nothing, while there are too few of them."""
        if self.last and reading.number <= self.last[-1].number:
            return None  # it came before: a stream is pushed at least once
        self.last.append(reading)
        if len(self.last) < WINDOW:
            return None
        return Reading(reading.number, sum(one.celsius for one in self.last) / WINDOW)

    def snapshot(self) -> list[Reading]:
        """What another process must know to go on."""
        return list(self.last)

    def restore(self, state: list[Reading]) -> None:
        """Go on where another process was."""
        self.last.extend(state)


class Alarm(Daemon):
    """Notes each time that it becomes too warm."""

    def __init__(self) -> None:
        self.last = 0
        self.warm = False
        self.alarms: list[int] = []

    @on
    def take(self, mean: Reading) -> None:
        """One mean."""
        if mean.number <= self.last:
            return  # it came before
        self.last = mean.number
        if mean.celsius > TOO_WARM and not self.warm:
            self.alarms.append(mean.number)
        self.warm = mean.celsius > TOO_WARM

    def snapshot(self) -> tuple[int, bool, list[int]]:
        """What another process must know to go on."""
        return self.last, self.warm, self.alarms

    def restore(self, state: tuple[int, bool, list[int]]) -> None:
        """Go on where another process was."""
        self.last, self.warm, self.alarms = state

    def on_round_end(self) -> Iterator[int]:
        """The numbers of the readings at which it became too warm."""
        yield from self.alarms


class Temperatures(Swarm):
    """A chain of three."""

    def execute(self) -> Task:
        """The graph."""
        mean = Task(Mean, method="any")(Task(Sensor, method="any"))
        return Task(Alarm, method="any")(mean)
