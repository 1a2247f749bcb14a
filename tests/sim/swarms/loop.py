"""A value that each round hands to the next, and one that grows with every node's share."""

from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import Local

ROUNDS = 4


def train(local: Local, averaged: int = 0) -> int:
    return averaged + int(local.node[-1])


def average(trained: list[int]) -> int:
    return sum(trained) // len(trained)


def remember(averaged: int, remember: list[int] | None = None) -> list[int]:
    return [*(remember or []), averaged]


class Loop(Swarm):
    max_iteration = ROUNDS

    def execute(self) -> Task:
        trained = Task(train, method="all", alias="trained")
        averaged = Task(average, method="any", alias="averaged")(trained)
        history = Task(remember, method="any", alias="remember")(averaged)
        self.loop(averaged, trained)
        self.loop(history, history)
        return history
