from __future__ import annotations

from swarmdsl import Swarm, Task, every
from swarmdsl.light import Daemon


def show(beats: list[int]) -> None: ...


class Pulse(Daemon):
    beats = 0

    @every(seconds=0)
    def beat(self, number: int) -> int:
        return number

    def on_round_end(self, number: int) -> int:
        return number


class Example(Swarm):
    def execute(self) -> Task:
        return Task(show, "any")(Task(Pulse, "any"))
