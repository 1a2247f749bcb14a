"""Many tasks that push to one, by the clock or as fast as they can.

The environment says how often each of them pushes (FAN_IN_PERIOD_S), for how many of its first
periods only every hundredth counts (FAN_IN_SLOW), how many pushes there are of each (FAN_IN_COUNT),
which of them are not looked at (FAN_IN_WARM_UP), and what time is looked at (FAN_IN_STRETCH).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from benchmarks.fan_in_meter import FILLING, Meter, Reading, Stretch
from swarmdsl import Daemon, Swarm, Task, every, on
from swarmdsl.light import Results, World

SLOWER = 100
LINGER_S = 0.02  # of the 25 ms that a push may take


def told(name: str) -> int:
    """A number of the environment."""
    return int(os.environ[f"FAN_IN_{name}"])


class ByClock(Daemon):
    """Pushes by the clock."""

    def on_start(self) -> None:
        """Begin to count."""
        self.name = World().node
        self.calls = self.number = 0
        self.slow, self.count = told("SLOW"), told("COUNT")

    @every(seconds=float(os.environ.get("FAN_IN_PERIOD_S", "1")))
    def beat(self) -> Reading | None:
        """One push, or none."""
        self.calls += 1
        if self.calls <= self.slow and self.calls % SLOWER:
            return None
        self.number += 1
        if self.number == self.count:
            self.finish()
        return Reading(self.number, time.monotonic_ns(), self.name, FILLING)


class FlatOut(Daemon):
    """Pushes as fast as it can."""

    def produce(self) -> Iterator[Reading]:
        """All of them."""
        name = World().node
        for number in range(1, told("COUNT") + 1):
            yield Reading(number, 0, name, FILLING)


class Handles(Daemon):
    """Does with each reading what the floor does."""

    def on_start(self) -> None:
        """Nothing has come."""
        self.meter = Meter(told("WARM_UP"), told("COUNT") // 2)
        self.take_it = self.meter.take

    @on
    def take(self, reading: Reading) -> None:
        """One push."""
        self.take_it(reading)

    def on_round_end(self) -> None:
        """All have come."""
        stretch = Stretch[os.environ["FAN_IN_STRETCH"]]
        for name, figure in self.meter.figures(stretch).items():
            Results().add(name, figure)


class FanInByClock(Swarm):
    """Each node pushes by the clock, to one."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Handles, alias="handles", method="any")(
            Task(ByClock, alias="source"), linger=LINGER_S
        )


class FanInFlatOut(Swarm):
    """Each node pushes as fast as it can, to one."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Handles, alias="handles", method="any")(Task(FlatOut, alias="source"))
