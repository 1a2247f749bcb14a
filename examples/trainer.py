"""The script of quick_example.py: a worker fits a line to its points, the aggregator averages.

Both roles are one script, as in the guide. Who has inputs from workers is the aggregator.
"""

from __future__ import annotations

import zlib
from typing import TypedDict, cast

import numpy as np

from swarmdsl.light import Task

POINTS = 320
LEARNING_RATE = 0.5


class Line(TypedDict):
    """A fitted line, and how many points it was fitted to."""

    slope: float
    intercept: float
    samples: int


class Trainer(Task):
    """One copy of the task, on one node."""

    def run(self) -> Line:
        workers = self.world.inputs.get("workers")
        return self.fitted() if workers is None else averaged(cast("list[Line]", workers))

    def fitted(self) -> Line:
        """A line fitted to this node's points by stochastic gradient descent."""
        epochs = cast("int", self.world.globals["epochs"])
        batch_size = cast("int", self.world.globals["batch_size"])
        random = np.random.default_rng(zlib.crc32(self.local.node.encode()))
        x = random.uniform(-1, 1, POINTS)
        y = 2 * x + 1 + random.normal(0, 0.1, POINTS)
        slope = intercept = 0.0
        for _ in range(epochs):
            for batch in np.split(
                random.permutation(POINTS), range(batch_size, POINTS, batch_size)
            ):
                error = slope * x[batch] + intercept - y[batch]
                slope -= LEARNING_RATE * float(np.mean(error * x[batch]))
                intercept -= LEARNING_RATE * float(np.mean(error))
        self.logger.info("fitted %d points", POINTS)
        return Line(slope=slope, intercept=intercept, samples=POINTS)


def averaged(lines: list[Line]) -> Line:
    """The average of lines, each counted by its points."""
    samples = sum(line["samples"] for line in lines)
    return Line(
        slope=sum(line["slope"] * line["samples"] for line in lines) / samples,
        intercept=sum(line["intercept"] * line["samples"] for line in lines) / samples,
        samples=samples,
    )


def main() -> Line:
    return Trainer().run()
