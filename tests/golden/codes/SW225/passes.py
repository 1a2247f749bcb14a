from __future__ import annotations

from swarmdsl import Swarm, Task, every
from swarmdsl.light import Daemon


def show(beats: list[int]) -> None: ...


class Pulse(Daemon):
    beats = 0

    @every(seconds=0.5)
    def beat(self) -> int:
        self.beats += 1
        return self.beats

    def on_round_end(self, step: int = 1) -> int:
        return self.beats + step


class Example(Swarm):
    def execute(self) -> Task:
        return Task(show, "any")(Task(Pulse, "any"))
