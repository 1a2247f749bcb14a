"""One task that pushes readings as fast as they are taken, and one that handles each of them.

The environment says how many there are (PUSH_COUNT).
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from benchmarks.push_kinds import (
    DictReading,
    Meter,
    ModelReading,
    StructReading,
    dict_of,
    model_of,
    struct_of,
)
from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.light import Results


def count() -> int:
    """How many readings there are."""
    return int(os.environ["PUSH_COUNT"])


class Structs(Daemon):
    """Pushes structs."""

    def produce(self) -> Iterator[StructReading]:
        """All of them."""
        for number in range(count()):
            yield struct_of(number)


class Dicts(Daemon):
    """Pushes dicts."""

    def produce(self) -> Iterator[DictReading]:
        """All of them."""
        for number in range(count()):
            yield dict_of(number)


class Models(Daemon):
    """Pushes pydantic models."""

    def produce(self) -> Iterator[ModelReading]:
        """All of them."""
        for number in range(count()):
            yield model_of(number)


class Metered(Daemon):
    """Tells the rate when the round ends."""

    def __init__(self) -> None:
        self.meter = Meter(count())

    def on_round_end(self) -> None:
        """All have come."""
        Results().add("rate", self.meter.rate())


class StructMeter(Metered):
    """Handles structs."""

    @on
    def take(self, reading: StructReading) -> None:
        """One of them."""
        self.meter.take(reading.number)


class DictMeter(Metered):
    """Handles dicts."""

    @on
    def take(self, reading: DictReading) -> None:
        """One of them."""
        self.meter.take(reading["number"])


class ModelMeter(Metered):
    """Handles models."""

    @on
    def take(self, reading: ModelReading) -> None:
        """One of them."""
        self.meter.take(reading.number)


class StructPush(Swarm):
    """From one process to another."""

    def execute(self) -> Task:
        """The graph."""
        return Task(StructMeter, method="any")(Task(Structs, method="any"))


class DictPush(Swarm):
    """From one process to another."""

    def execute(self) -> Task:
        """The graph."""
        return Task(DictMeter, method="any")(Task(Dicts, method="any"))


class ModelPush(Swarm):
    """From one process to another."""

    def execute(self) -> Task:
        """The graph."""
        return Task(ModelMeter, method="any")(Task(Models, method="any"))
