"""What is pushed: the same reading in three shapes, 64 bytes or so each, and what handles it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from pydantic import BaseModel, TypeAdapter

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


class Kind(NamedTuple):
    """One shape of a reading, and the fastest way there and back.

    Attributes:
        make: a reading by its number.
        handler: handles readings for a meter.
        encode, decode: a batch of readings.
        write, read: one reading.
    """

    make: Callable[[int], Any]
    handler: Callable[[Meter], Callable[[Any], None]]
    encode: Callable[[list[Any]], bytes]
    decode: Callable[[bytes], list[Any]]
    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]


def takes_attribute(meter: Meter) -> Callable[[Any], None]:
    """A handler of objects."""

    def handle(reading: Any) -> None:
        meter.take(reading.number)

    return handle


def takes_item(meter: Meter) -> Callable[[Any], None]:
    """A handler of dicts."""

    def handle(reading: Any) -> None:
        meter.take(reading["number"])

    return handle


def kind_of(name: str) -> Kind:
    """Struct, dict or model."""
    encode = msgspec.msgpack.Encoder().encode
    if name == "struct":
        decode = msgspec.msgpack.Decoder(list[StructReading]).decode
        one = msgspec.msgpack.Decoder(StructReading).decode
        return Kind(struct_of, takes_attribute, encode, decode, encode, one)
    if name == "dict":
        plain = msgspec.msgpack.Decoder(list[DictReading]).decode
        single = msgspec.msgpack.Decoder(DictReading).decode
        return Kind(dict_of, takes_item, encode, plain, encode, single)
    models, model = TypeAdapter(list[ModelReading]), TypeAdapter(ModelReading)
    read = msgspec.msgpack.Decoder().decode
    return Kind(
        model_of,
        takes_attribute,
        lambda batch: encode(models.dump_python(batch)),
        lambda frame: models.validate_python(read(frame)),
        lambda reading: encode(model.dump_python(reading)),
        lambda frame: model.validate_python(read(frame)),
    )
