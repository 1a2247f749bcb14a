"""A task with a loop that tells twice what it does, and fails in between, once."""

from __future__ import annotations

import os
from pathlib import Path

from swarmdsl import Swarm, Task
from swarmdsl.light import Results, World

FAILED = "TOLD_HAS_FAILED"  # the file that says so
ROUNDS = 3


def tell(world: World, results: Results, carry: int | None = None) -> int:
    """Tell that the round has begun, and that it is over."""
    results.add("begun", world.iteration)
    mark = Path(os.environ[FAILED])
    if world.iteration == 1 and not mark.exists():
        mark.touch()
        raise RuntimeError("once")
    results.add("over", world.iteration)
    return (carry or 0) + 1


def carry(tell: int) -> int:
    """To the next round."""
    return tell


class Tells(Swarm):
    """One task that is fed by itself."""

    def __init__(self) -> None:
        super().__init__(max_iteration=ROUNDS)

    def execute(self) -> Task:
        teller = Task(tell, method="any", retries=1)
        carrier = Task(carry, method="any")(teller)
        self.loop(carrier, teller)
        return carrier
