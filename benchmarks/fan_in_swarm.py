"""Many tasks that push to one, by the clock or as fast as they can.

The environment says how often each of them pushes (FAN_IN_PERIOD_S), for how many of its first
periods only every hundredth counts (FAN_IN_SLOW), how many pushes there are of each (FAN_IN_COUNT),
and which of them are not looked at, as everything happens for the first time (FAN_IN_WARM_UP).
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator

import msgspec

from swarmdsl import Daemon, Swarm, Task, every, on
from swarmdsl.light import Results, World

FILLING = "." * 24
SLOWER = 100
LINGER_S = 0.02  # of the 25 ms that a push may take


class Reading(msgspec.Struct):
    """What is pushed: some 50 bytes."""

    number: int
    at_ns: int
    name: str
    filling: str


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


class Meter(Daemon):
    """Notes how old pushes are."""

    def on_start(self) -> None:
        """Nothing has come."""
        self.warm_up, self.half = told("WARM_UP"), told("COUNT") // 2
        self.samples: list[tuple[int, int]] = []  # as the floor notes it: when, and how old it was
        self.counts: Counter[str] = Counter()
        self.halfway: dict[str, int] = {}

    @on
    def take(self, reading: Reading) -> None:
        """One push."""
        now_ns = time.monotonic_ns()
        self.counts[reading.name] += 1
        if reading.number > self.warm_up:
            self.samples.append((now_ns, now_ns - reading.at_ns))
        if reading.number == self.half and not self.halfway:
            self.halfway = dict(self.counts)

    def on_round_end(self) -> None:
        """All have come."""
        took = sorted(took_ns for _, took_ns in self.samples)
        first, last = self.samples[0][0], self.samples[-1][0]
        results, shares = Results(), [self.halfway.get(name, 0) for name in self.counts]
        results.add("handled", sum(self.counts.values()))
        results.add("rate", (len(took) - 1) / (last - first) * 1e9)
        results.add("p50_ms", took[len(took) // 2] / 1e6)
        results.add("p99_ms", took[len(took) * 99 // 100] / 1e6)
        results.add("share", min(shares) / (sum(shares) / len(shares)))


class FanInByClock(Swarm):
    """Each node pushes by the clock, to one."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Meter, alias="meter", method="any")(
            Task(ByClock, alias="source"), linger=LINGER_S
        )


class FanInFlatOut(Swarm):
    """Each node pushes as fast as it can, to one."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Meter, alias="meter", method="any")(Task(FlatOut, alias="source"))
