"""A push there and back: the next one leaves when the one before has arrived.

There is a task that pushes, one that hands on, and one that takes; the last wakes up the first
through a pipe. The environment says how many pushes there are (LATENCY_COUNT) and where the pipe is
(LATENCY_PIPE).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.light import Results

FILLING = "." * 55  # with 9 bytes of a number: 64


class Ping(Daemon):
    """Pushes the time, in ns of the clock that all processes share, when it is woken up."""

    def produce(self) -> Iterator[tuple[int, str] | None]:
        """One push at a time; the last is 0."""
        pipe = os.open(os.environ["LATENCY_PIPE"], os.O_RDWR)
        for _ in range(int(os.environ["LATENCY_COUNT"])):
            yield (time.monotonic_ns(), FILLING)
            yield None  # it is to leave before anything else is done
            os.read(pipe, 1)
        yield (0, FILLING)
        os.close(pipe)


class Echo(Daemon):
    """Hands on what it gets."""

    @on
    def take(self, push: tuple[int, str]) -> tuple[int, str]:
        """As it came."""
        return push


class Pong(Daemon):
    """Notes how long ago what it gets was pushed, and wakes up who pushes."""

    def on_start(self) -> None:
        """Open the pipe."""
        self._pipe = os.open(os.environ["LATENCY_PIPE"], os.O_RDWR)
        self._trips_ns: list[int] = []

    @on
    def take(self, push: tuple[int, str]) -> None:
        """Note the age of a push; after the last, tell all of them."""
        age_ns = time.monotonic_ns() - push[0]
        if push[0]:
            self._trips_ns.append(age_ns)
            os.write(self._pipe, b".")
        else:
            Results().add("trips_ns", self._trips_ns)

    def on_stop(self) -> None:
        """Close the pipe."""
        os.close(self._pipe)


class Latency(Swarm):
    """There, and back to another process.

    Args:
        wait: what those who are pushed to do meanwhile.
    """

    def __init__(self, wait: str = "block") -> None:
        super().__init__()
        self.wait_on_links = wait

    def execute(self) -> Task:
        """The graph: a chain of three."""
        wait = self.wait_on_links
        echo = Task(Echo, alias="echo")(Task(Ping, alias="ping"), wait=wait)
        return Task(Pong, alias="pong")(echo, wait=wait)
