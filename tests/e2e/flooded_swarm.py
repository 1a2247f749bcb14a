"""A sink that handles nothing before its source has pushed everything.

The source makes the file that the environment calls PUSHED when it has.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from swarmdsl import Daemon, Swarm, Task, on

VALUES = 40_000


def numbers() -> Iterator[int]:
    """Push many, and then tell the sink."""
    yield from range(VALUES)
    Path(os.environ["PUSHED"]).touch()


class Sink(Daemon):
    """Passes on what it handles, but not before all has been pushed."""

    @on
    def take(self, number: int) -> int:
        """Handle a value."""
        while not Path(os.environ["PUSHED"]).exists():
            os.sched_yield()
        return number


def listed(handled: list[int]) -> list[int]:
    """What the sink has handled."""
    return handled


class Flooded(Swarm):
    """The source, the sink, and a list."""

    overflow = "drop_oldest"

    def execute(self) -> Task:
        """The graph."""
        sink = Task(Sink, method="any", alias="sink")(
            Task(numbers, method="any"),
            delivery="at_most_once",
            overflow=self.overflow,
            response_timeout=1e-9,
        )
        return Task(listed, method="any")(sink)


class FloodedNewest(Flooded):
    """The same, but what is new is dropped."""

    overflow = "drop_newest"
