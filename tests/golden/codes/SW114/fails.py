from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import World


def train() -> float:
    return 0.5


def again(loss: float, world: World) -> float:
    world.schedule_next_iter()
    return loss


class Example(Swarm):
    def execute(self) -> Task:
        return Task(again, "any")(Task(train, "any"))
