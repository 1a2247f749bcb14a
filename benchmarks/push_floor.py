"""Readings with bare pyzmq: a process pushes them to another over ipc, in batches.

Both sides do the least that a program must which has these types: make each reading, write a batch
with the fastest encoder that there is, read it as the type that was declared, and call a handler
for each. Nobody would notice if a batch were lost.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import zmq

from benchmarks.push_kinds import Meter, kind_of

ARRIVE_MS_MAX = 60_000  # what takes longer has failed


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
