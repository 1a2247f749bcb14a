from __future__ import annotations

from swarmdsl import Swarm, Task, every, on
from swarmdsl.light import Daemon


class Show(Daemon):
    @on
    def take(self, beat: int) -> None: ...


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
        return Task(Show, "any")(Task(Pulse, "any"))
