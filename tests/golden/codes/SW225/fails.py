from __future__ import annotations

from swarmdsl import Swarm, Task, every, on
from swarmdsl.light import Daemon


class Show(Daemon):
    @on
    def take(self, beat: int) -> None: ...


class Pulse(Daemon):
    beats = 0

    @every(seconds=0)
    def beat(self, number: int) -> int:
        return number

    def on_round_end(self, number: int) -> int:
        return number


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Show, "any")(Task(Pulse, "any"))
