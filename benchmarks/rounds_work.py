"""What a federated round computes, the same in every system: as little as shows that it was done.

A client adds one to each parameter of the model that it was sent, and the server takes the mean of
what the clients made. So the model of round k holds k everywhere, whoever carried it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ROUNDING_MAX = 0.01  # some add up shares of what the clients made


def blank(parameters: int) -> Floats:
    """The model before the first round."""
    return np.zeros(parameters, np.float32)


def trained(model: Floats) -> Floats:
    """What a client makes of it: a new array."""
    return model + np.float32(1)


def mean(models: Sequence[Floats]) -> Floats:
    """What the server makes of these: a new array."""
    total = models[0].copy()
    for model in models[1:]:
        total += model
    total /= np.float32(len(models))
    return total


class Laps:
    """Notes when each round was over, and that its model is right.

    >>> laps = Laps()
    >>> laps.over(trained(blank(3)))
    >>> laps.over(blank(3))
    Traceback (most recent call last):
        ...
    AssertionError: round 2 gave 0 and 0
    """

    def __init__(self) -> None:
        self.ended_s: list[float] = []

    def over(self, model: Floats) -> None:
        """The server has the model of one more round.

        Raises:
            AssertionError: it is another one.
        """
        self.ended_s.append(time.monotonic())
        number = len(self.ended_s)
        ends = float(model[0]), float(model[-1])
        is_right = max(abs(end - number) for end in ends) < ROUNDING_MAX
        assert is_right, f"round {number} gave {ends[0]:g} and {ends[1]:g}"

    def told(self) -> str:
        """The times as a line, for the process that started this one."""
        return json.dumps(self.ended_s)
