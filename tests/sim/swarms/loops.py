"""Federated learning without globals: the average of one round is what trainers start from."""

from __future__ import annotations

from swarmdsl import Swarm, Task


def train(weight: float = 0.0) -> float:
    return weight + 1.0


def average(weights: list[float]) -> float:
    return sum(weights) / len(weights)


class Loops(Swarm):
    def __init__(self) -> None:
        super().__init__(max_iteration=3)

    def execute(self) -> Task:
        trainers = Task(train, method="all")
        averaged = Task(average, method="any")(trainers)
        self.loop(averaged, trainers)
        return averaged
