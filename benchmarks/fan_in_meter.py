"""What is done with each reading, by a daemon module and a bare process alike; what it shows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from enum import Enum

import msgspec

FILLING = "." * 24


class Reading(msgspec.Struct):
    """What is pushed: some 50 bytes."""

    number: int
    at_ns: int
    name: str
    filling: str


class Stretch(Enum):
    """The time that is looked at."""

    WHOLE = "from the first reading to the last"
    BEGUN = "from the first reading until a producer is done"
    TOGETHER = "while all producers push"


class Meter:
    """Notes when each reading came, and how old it was.

    Args:
        warm_up: of each producer, so many are not looked at: everything happens for the first time.
        half: the number of the reading of which the first that comes is at half time.
    """

    def __init__(self, warm_up: int, half: int) -> None:
        self.warm_up, self.half = warm_up, half
        self.samples: dict[str, list[tuple[int, int]]] = {}
        self.counts: dict[str, int] = {}
        self.halfway: dict[str, int] = {}

    def take(self, reading: Reading) -> None:
        """One reading."""
        now_ns, name = time.monotonic_ns(), reading.name
        self.counts[name] = self.counts.get(name, 0) + 1
        if reading.number > self.warm_up:
            self.samples.setdefault(name, []).append((now_ns, now_ns - reading.at_ns))
        if reading.number == self.half and not self.halfway:
            self.halfway = dict(self.counts)

    def figures(self, stretch: Stretch) -> Mapping[str, float]:
        """How many came a second, how old they were, and what the producer with the least had."""
        firsts = [samples[0][0] for samples in self.samples.values()]
        lasts = [samples[-1][0] for samples in self.samples.values()]
        begin_ns = max(firsts) if stretch is Stretch.TOGETHER else min(firsts)
        end_ns = max(lasts) if stretch is Stretch.WHOLE else min(lasts)
        took = sorted(
            took_ns
            for samples in self.samples.values()
            for at_ns, took_ns in samples
            if begin_ns <= at_ns <= end_ns
        )
        shares = [self.halfway.get(name, 0) for name in self.counts]
        return {
            "handled": sum(self.counts.values()),
            "rate": (len(took) - 1) / (end_ns - begin_ns) * 1e9,
            "p50_ms": took[len(took) // 2] / 1e6,
            "p99_ms": took[len(took) * 99 // 100] / 1e6,
            "share": min(shares) * len(shares) / max(1, sum(shares)),
        }
