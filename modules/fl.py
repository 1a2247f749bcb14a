"""Federated learning: uneven shares of a data set, and the average of what was learned from them.

Everything here is a plain function of numpy arrays, so it can be tested without a swarm. `average`
is also a `Module`: put it into a `Task` behind trainers that push an `Update` each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmdsl import module

__all__ = ["Update", "average", "dirichlet_partition", "weighted_average"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What one trainer learned: its parameters, and from how many samples.

    >>> Update(parameters=[np.zeros(3)], samples=120).samples
    120
    """

    parameters: list[Floats]
    samples: int


def weighted_average(
    parameters: Sequence[Sequence[Floats]], weights: Sequence[float]
) -> list[Floats]:
    """The average of several models, array by array, each model counted by its weight.

    With the sample counts as weights this is FedAvg: after one full-batch gradient step per trainer
    it equals that step on the union of their data. The sum runs in the order given, so equal inputs
    give equal bits.

    Args:
        parameters: per model its arrays; all models have the same shapes.
        weights: per model a number that is not negative; their sum is positive.

    Raises:
        ValueError: the numbers of models and weights differ, shapes differ, or the weights have no
            positive sum.

    >>> [array.tolist() for array in weighted_average([[np.zeros(2)], [np.ones(2)]], [1, 3])]
    [[0.75, 0.75]]
    """
    total = float(sum(weights))
    if min(weights, default=0) < 0 or not total > 0:
        raise ValueError(f"the weights must be >= 0 with a positive sum, got {list(weights)}")
    shapes = {tuple(array.shape for array in model) for model in parameters}
    if len(shapes) != 1:
        raise ValueError(f"the models differ in their shapes: {sorted(shapes)}")
    pairs = list(zip(parameters, weights, strict=True))
    return [
        np.sum([np.multiply(model[i], weight / total) for model, weight in pairs], axis=0)
        for i in range(len(parameters[0]))
    ]


@module
def average(updates: list[Update]) -> Update:
    """The one update that stands for all of these: FedAvg, weighted by sample counts.

    >>> updates = [Update(parameters=[np.full(1, x)], samples=n) for x, n in [(0.0, 10), (1.0, 30)]]
    >>> average(updates)
    Update(parameters=[array([0.75])], samples=40)
    """
    samples = [update.samples for update in updates]
    return Update(
        parameters=weighted_average([update.parameters for update in updates], samples),
        samples=sum(samples),
    )


def dirichlet_partition(
    labels: NDArray[Any], parts: int, *, concentration: float, seed: int
) -> list[NDArray[np.intp]]:
    """Deal samples to parts unevenly: which indices each part holds, in ascending order.

    Each class is split by shares drawn from a Dirichlet distribution. A small concentration gives
    parts that miss whole classes (and may be empty), a large one gives parts that look alike. Every
    index is dealt exactly once, and one seed always gives the same parts.

    Args:
        labels: the class of each sample.
        parts: how many parts to make.
        concentration: 0.1 is very uneven, 1 uneven, 100 nearly even.
        seed: of the random shares.

    Raises:
        ValueError: the number of parts or the concentration is not positive.

    >>> labels = np.repeat([0, 1], 50)
    >>> [len(part) for part in dirichlet_partition(labels, 3, concentration=0.5, seed=1)]
    [37, 41, 22]
    """
    if parts < 1 or not concentration > 0:
        raise ValueError(f"need parts >= 1 and concentration > 0, got {parts}, {concentration}")
    random = np.random.default_rng(seed)
    dealt: list[list[NDArray[np.intp]]] = [[] for _ in range(parts)]
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        shares = random.dirichlet(np.full(parts, concentration))
        cuts = np.round(np.cumsum(shares)[:-1] * len(members)).astype(np.intp)
        for part, members_of_part in zip(dealt, np.split(members, cuts), strict=True):
            part.append(members_of_part)
    empty = np.empty(0, dtype=np.intp)
    return [np.sort(np.concatenate([empty, *part])) for part in dealt]
