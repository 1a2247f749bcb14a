"""A fast source, three stages and a slow sink, which count where another process can watch.

The folder named by the environment's COUNTERS holds the counters, and a file per process.
"""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from swarmdsl import Daemon, Swarm, Task, module, on
from swarmdsl.light import Results

SINK_S = 0.0005
"""What the sink takes for each push, at least."""

STAGES = 3


class Counters:
    """Two numbers, of what was pushed and what was handled, that processes share."""

    _SIZE = 16

    def __init__(self, folder: Path) -> None:
        path = folder / "counters"
        if not path.exists():
            path.write_bytes(bytes(self._SIZE))
        with path.open("r+b") as file:
            # As a view of whole numbers: `struct.pack_into` writes zeros first, for others to see.
            self._numbers = memoryview(mmap.mmap(file.fileno(), self._SIZE)).cast("q")

    def read(self) -> tuple[int, int]:
        """Pushed and handled, in this order, so that their difference is never too large."""
        pushed = self._numbers[0]
        return pushed, self._numbers[1]

    def pushed(self, number: int) -> None:
        """Note how many were pushed."""
        self._numbers[0] = number

    def handled(self, number: int) -> None:
        """Note how many were handled."""
        self._numbers[1] = number


def sign_in(name: str) -> Counters:
    """Leave this process's id, and return the counters."""
    folder = Path(os.environ["COUNTERS"])
    Path(folder, f"{os.getpid()}.pid").write_text(name, "utf-8")
    return Counters(folder)


@module
def source(seconds: float) -> Iterator[int]:
    """Push 0, 1, 2 … as fast as they are taken; at last how many there were, below zero."""
    counters = sign_in("source")
    end_s = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end_s:
        yield number
        number += 1
        counters.pushed(number)
    yield -number


class Stage(Daemon):
    """Passes on what it gets."""

    def __init__(self) -> None:
        sign_in("stage")

    @on
    def take(self, number: int) -> int:
        """Pass a number on."""
        return number


class Sink(Daemon):
    """Takes its time for each push, and tells what it got: how many, and whether in order."""

    def __init__(self) -> None:
        self._counters = sign_in("sink")
        self._handled = 0
        self._astray = 0
        self._never = Event()

    @on
    def take(self, number: int) -> None:
        """Handle a number; the one below zero says how many there were."""
        if number < 0:
            tally = {"handled": self._handled, "astray": self._astray, "pushed": -number}
            Results().add("tally", tally)
            return
        self._never.wait(SINK_S)
        self._astray += number != self._handled
        self._handled += 1
        self._counters.handled(self._handled)


class Backpressure(Swarm):
    """A source that could push without end, and a sink that cannot keep up."""

    seconds = 30.0

    def execute(self) -> Task:
        """The graph: a chain."""
        before = Task(source, inputs={"seconds": self.seconds}, alias="source")
        for number in range(STAGES):
            before = Task(Stage, alias=f"stage{number}")(before)
        return Task(Sink, alias="sink")(before)
