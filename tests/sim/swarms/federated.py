"""Rounds that ask for one another, globals and results: the shape of federated learning."""

from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import Local, World

ROUNDS = 3


def train(world: World, local: Local) -> float:
    weight = world.globals["weight"]
    assert isinstance(weight, float)
    return weight + len(local.node)


def average(weights: list[float], world: World) -> float:
    mean = sum(weights) / len(weights)
    world.globals["weight"] = mean
    return mean


def schedule(weight: float, world: World) -> float:
    world.results.add("weight", weight)
    if world.iteration < ROUNDS - 1:
        world.schedule_next_iter(task_to_schedule_alias="trainers")
    return weight


class Federated(Swarm):
    def __init__(self) -> None:
        super().__init__()
        self.set_global("weight", 1.0)

    def execute(self) -> Task:
        trainers = Task(train, method="all", alias="trainers")
        averager = Task(average, method="any", alias="averager")(trainers)
        return Task(schedule, method="any", alias="scheduler")(averager)
