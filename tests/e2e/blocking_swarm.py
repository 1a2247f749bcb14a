"""A source that does nothing but wait for the answer to what it has yielded."""

from __future__ import annotations

import os
from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.light import Results

ASKED = 3


class Asker(Daemon):
    """Yields, says that nothing follows for now, and blocks until somebody has handled it."""

    def produce(self) -> Iterator[int | None]:
        """Number by number; the environment says where the pipe is (ANSWERS)."""
        answers = os.open(os.environ["ANSWERS"], os.O_RDWR)
        for number in range(ASKED):
            yield number
            yield None
            os.read(answers, 1)
        os.close(answers)


class Answerer(Daemon):
    """Lets the source go on for each push."""

    def on_start(self) -> None:
        """Open the pipe."""
        self._answers = os.open(os.environ["ANSWERS"], os.O_RDWR)

    @on
    def take(self, number: int) -> None:
        """Note it, and answer."""
        Results().add("taken", number)
        os.write(self._answers, b".")

    def on_stop(self) -> None:
        """Close the pipe."""
        os.close(self._answers)


class Blocking(Swarm):
    """One asks, one answers."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Answerer)(Task(Asker))
