"""What is pushed: the same reading in three shapes, 64 bytes or so each, and what handles it."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from pydantic import BaseModel

NAME = "." * 24
STEP_S = 0.25  # between two readings


class StructReading(msgspec.Struct):
    """A reading as a msgspec Struct: written and read in C."""

    number: int
    at_s: float
    name: str


DictReading = dict[str, Any]
"""The same as a dict: its keys travel with each reading."""


class ModelReading(BaseModel):
    """The same as a pydantic model, which checks itself whenever it is made."""

    number: int
    at_s: float
    name: str


def struct_of(number: int) -> StructReading:
    """A reading by its number."""
    return StructReading(number, number * STEP_S, NAME)


def dict_of(number: int) -> DictReading:
    """A reading by its number."""
    return {"number": number, "at_s": number * STEP_S, "name": NAME}


def model_of(number: int) -> ModelReading:
    """A reading by its number."""
    return ModelReading(number=number, at_s=number * STEP_S, name=NAME)


class Meter:
    """Handles readings: adds up their numbers, and notes when the first and the last came.

    Args:
        count: how many will come.
    """

    def __init__(self, count: int) -> None:
        self.total = 0
        self.began_ns = self.ended_ns = 0
        self._last = count - 1

    def take(self, number: int) -> None:
        """One reading."""
        self.total += number
        if number == 0:
            self.began_ns = time.monotonic_ns()
        elif number == self._last:
            self.ended_ns = time.monotonic_ns()

    def rate(self) -> float:
        """Readings a second, if each came once.

        Raises:
            AssertionError: some did not, or came twice.
        """
        count = self._last + 1
        assert self.total == count * self._last // 2, "lost or doubled"
        return self._last / (self.ended_ns - self.began_ns) * 1e9
