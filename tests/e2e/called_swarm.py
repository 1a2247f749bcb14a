"""A run that goes on until somebody calls, and whose daemon module may be killed by a call."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from swarmdsl import Daemon, Limits, Swarm, Task, call
from swarmdsl.errors import CallFailed
from swarmdsl.light import World


class Board(Daemon):
    """What others have put there."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}

    @call
    def put(self, key: str, value: int) -> int:
        if value < 0:
            raise ValueError(f"{value} is below 0")
        self.kept[key] = value
        return len(self.kept)

    @call
    def all(self) -> dict[str, int]:
        return self.kept

    @call
    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def wait(world: World) -> int:
    """Look again and again, until there is `end`."""
    kept: dict[str, int] = {}
    while "end" not in kept:
        with suppress(CallFailed):  # The board may die.
            kept = world.call("board", "all")
    return kept["end"]


class Called(Swarm):
    """It ends when it is told to."""

    limits = Limits(call_timeout_s=60.0)

    def execute(self) -> list[Task]:
        """The graph."""
        return [Task(Board, method="any", alias="board"), Task(wait, method="any", alias="wait")]
