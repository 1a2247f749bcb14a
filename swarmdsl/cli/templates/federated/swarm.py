"""Federated learning: nodes that keep their data learn a line together.

Every node has its own measurements, `data/<node>.csv`, which never leave it. A round is: each
node moves the shared model a few steps towards its own data, one task averages what they found,
weighted by how much they have, and asks for another round until the model moves no more.
"""

from dataclasses import dataclass
from typing import cast

from swarmdsl import Swarm, Task, module
from swarmdsl.light import Local, World

STEPS = 20  # on each node, in each round
RATE = 0.05
STILL = 0.001  # a model that moves by less has been learned
ROUNDS_MAX = 60


@dataclass(frozen=True)
class Model:
    """The line `slope * x + offset`, and how many measurements it was learned from."""

    slope: float
    offset: float
    samples: int


@module(datasets=["measurements"])
def train(world: World, local: Local) -> Model:
    """Some steps of gradient descent from the shared model, on the data of this node."""
    shared = cast("dict[str, float]", world.globals["model"])
    points = [tuple(map(float, line.split(","))) for line in local.read_file_lines("measurements")]
    return improved(shared["slope"], shared["offset"], points)


def improved(slope: float, offset: float, points: list[tuple[float, ...]]) -> Model:
    """The line after some steps towards the points."""
    for _ in range(STEPS):
        errors = [(slope * x + offset - y, x) for x, y in points]
        slope -= RATE * 2 * sum(error * x for error, x in errors) / len(points)
        offset -= RATE * 2 * sum(error for error, _ in errors) / len(points)
    return Model(slope, offset, len(points))


def average(models: list[Model]) -> Model:
    """The mean of some lines, weighted by how much they were learned from."""
    samples = sum(one.samples for one in models)
    slope = sum(one.slope * one.samples for one in models) / samples
    offset = sum(one.offset * one.samples for one in models) / samples
    return Model(slope, offset, samples)


@module
def aggregate(models: list[Model], world: World) -> dict[str, float]:
    """Share the mean, and ask for another round if it has moved."""
    before, now = cast("dict[str, float]", world.globals["model"]), average(models)
    after = {"slope": now.slope, "offset": now.offset}
    world.globals["model"] = after
    moved = max(abs(after[name] - before[name]) for name in after)
    world.results.add("moved", moved)
    if moved > STILL and world.iteration + 1 < ROUNDS_MAX:
        world.schedule_next_iter(task_to_schedule_alias="trainers")
    return after


class Line(Swarm):
    """Train on every node that has measurements; average; repeat."""

    def __init__(self) -> None:
        super().__init__()
        self.set_global("model", {"slope": 0.0, "offset": 0.0})

    def execute(self) -> Task:
        """The graph."""
        trainers = Task(train, method="all", alias="trainers")
        return Task(aggregate, method="any")(trainers)
