"""One task that pushes arrays as fast as they are taken, and one that sums each of them.

The environment says how many there are (ARRAYS_COUNT), and of how many bytes (ARRAYS_SIZE).
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from benchmarks.arrays_meter import Array, Meter, arrays
from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.light import Results


class Images(Daemon):
    """Pushes arrays."""

    def produce(self) -> Iterator[Array]:
        """All of them."""
        yield from arrays(int(os.environ["ARRAYS_COUNT"]), int(os.environ["ARRAYS_SIZE"]))


class Summed(Daemon):
    """Sums arrays, and tells the rate when the round ends."""

    def __init__(self) -> None:
        self.meter = Meter(int(os.environ["ARRAYS_COUNT"]))

    @on
    def take(self, array: Array) -> None:
        """One of them."""
        self.meter.take(array)

    def on_round_end(self) -> None:
        """All have come."""
        Results().add("rate", self.meter.rate())


class Arrays(Swarm):
    """From one process to another."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Summed, method="any")(Task(Images, method="any"))
