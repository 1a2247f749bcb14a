"""One task that pushes, and one whose handler takes its time: with statistics and without.

The environment says how many pushes there are (MEASURED_COUNT), and how long each is handled, in
microseconds (MEASURED_US).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from benchmarks.push_kinds import Meter, StructReading, struct_of
from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.light import Results


def count() -> int:
    """How many readings there are."""
    return int(os.environ["MEASURED_COUNT"])


class Readings(Daemon):
    """Pushes them as fast as they are taken."""

    def produce(self) -> Iterator[StructReading]:
        """All of them."""
        for number in range(count()):
            yield struct_of(number)


class Busy(Daemon):
    """Computes for a while with each of them."""

    def __init__(self) -> None:
        self.meter = Meter(count())
        self.handling_ns = int(float(os.environ["MEASURED_US"]) * 1_000)

    @on
    def take(self, reading: StructReading) -> None:
        """One of them."""
        until_ns = time.perf_counter_ns() + self.handling_ns
        while time.perf_counter_ns() < until_ns:
            pass
        self.meter.take(reading.number)

    def on_round_end(self) -> None:
        """All have come."""
        Results().add("rate", self.meter.rate())


class Measured(Swarm):
    """As users have it."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Busy, method="any")(Task(Readings, method="any"))


class Unmeasured(Measured):
    """Without statistics."""

    limits = Limits(statistics_every_s=0.0)
