"""Readings with bare pyzmq: a process pushes them to another over ipc, in batches.

Both sides do the least that a program must which has these types: make each reading, write a batch
with the fastest encoder that there is, read it as the type that was declared, and call a handler
for each. Nobody would notice if a batch were lost.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec
import zmq
from pydantic import TypeAdapter

from benchmarks.push_kinds import (
    DictReading,
    Meter,
    ModelReading,
    StructReading,
    dict_of,
    model_of,
    struct_of,
)

ARRIVE_MS_MAX = 60_000  # what takes longer has failed


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


def bare_rate(name: str, count: int, batch: int) -> float:
    """Readings a second, from the first that was handled to the last."""
    kind, meter = kind_of(name), Meter(count)
    handle = kind.handler(meter)
    with (
        TemporaryDirectory(prefix="bare-") as folder,
        zmq.Context() as context,
        context.socket(zmq.PULL) as pull,
    ):
        address = f"ipc://{folder}/sink"
        pull.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        pull.bind(address)
        words = [sys.executable, "-m", __name__, name, address, str(count), str(batch)]
        with subprocess.Popen(words, cwd=Path(__file__).parents[1]) as source:
            handled = 0
            while handled < count:
                readings = kind.decode(pull.recv())
                for reading in readings:
                    handle(reading)
                handled += len(readings)
            source.wait(ARRIVE_MS_MAX / 1_000)
    return meter.rate()


def push(name: str, address: str, count: int, size: int) -> None:
    """Be the process that pushes."""
    kind = kind_of(name)
    make, encode = kind.make, kind.encode
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.setsockopt(zmq.SNDTIMEO, ARRIVE_MS_MAX)
        socket.connect(address)
        batch: list[Any] = []
        for number in range(count):
            batch.append(make(number))
            if len(batch) == size:
                socket.send(encode(batch))
                batch.clear()
        if batch:
            socket.send(encode(batch))


if __name__ == "__main__":
    push(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
