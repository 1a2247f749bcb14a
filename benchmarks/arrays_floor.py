"""Arrays with the least that one can do: a ring of shared memory, and frames of pyzmq.

The ring is anonymous memory of two processes. One copies each array to the next slot and sends its
number over ipc, the other one sums it there and sends the number back, when the slot is free again.
The frames carry each array over ipc, without a copy of pyzmq's own. Nobody would notice if an array
were lost.
"""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import zmq

from benchmarks.arrays_meter import RING_BYTES, Array, Meter, arrays

ARRIVE_MS_MAX = 60_000  # what takes longer has failed


def ring_rate(count: int, size: int) -> float:
    """Gigabytes a second through a ring of shared memory."""
    memory = os.memfd_create("ring")
    try:
        os.posix_fallocate(memory, 0, RING_BYTES)
        return _rate("ring", count, size, memory)
    finally:
        os.close(memory)


def frames_rate(count: int, size: int) -> float:
    """Gigabytes a second in frames."""
    return _rate("frames", count, size, None)


def _rate(way: str, count: int, size: int, memory: int | None) -> float:
    meter = Meter(count)
    with (
        TemporaryDirectory(prefix="bare-") as folder,
        zmq.Context() as context,
        context.socket(zmq.PAIR) as sink,
    ):
        sink.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        sink.bind(f"ipc://{folder}/sink")
        words = [way, f"ipc://{folder}/sink", str(count), str(size), str(memory)]
        with subprocess.Popen(
            [sys.executable, "-m", __name__, *words],
            cwd=Path(__file__).parents[1],
            pass_fds=() if memory is None else (memory,),
        ) as source:
            if memory is None:
                _take_frames(sink, meter)
            else:
                _take_slots(sink, meter, _slots(memory, size))
            sink.send(b"over")
            source.wait(ARRIVE_MS_MAX / 1_000)
    return meter.rate()


def _slots(memory: int, size: int) -> list[Array]:
    ring = mmap.mmap(memory, RING_BYTES)
    return [
        np.frombuffer(ring, dtype=np.float32, count=size // 4, offset=first)
        for first in range(0, RING_BYTES - size + 1, size)
    ]


def _take_slots(
    sink: zmq.Socket[bytes],
    meter: Meter,
    slots: list[Array],
) -> None:
    while not meter.is_over:
        word = sink.recv()
        meter.take(slots[int.from_bytes(word)])
        sink.send(word)


def _take_frames(sink: zmq.Socket[bytes], meter: Meter) -> None:
    while not meter.is_over:
        meter.take(np.frombuffer(sink.recv(copy=False).buffer, dtype=np.float32))


def push(way: str, address: str, count: int, size: int, memory: str) -> None:
    """Be the process that pushes."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as source:
        source.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        source.setsockopt(zmq.SNDTIMEO, ARRIVE_MS_MAX)
        source.setsockopt(zmq.SNDHWM, max(1, RING_BYTES // size))
        source.connect(address)
        if way == "frames":
            for array in arrays(count, size):
                source.send(array.copy().data, copy=False)  # its memory is altered for the next
        else:
            _push_slots(source, count, size, int(memory))
        while source.recv() != b"over":
            pass


def _push_slots(source: zmq.Socket[bytes], count: int, size: int, memory: int) -> None:
    slots = _slots(memory, size)
    free = [*range(len(slots))]
    for array in arrays(count, size):
        while not free or source.poll(0):
            free.append(int.from_bytes(source.recv()))
        slot = free.pop()
        slots[slot][:] = array
        source.send(slot.to_bytes(2))


if __name__ == "__main__":
    push(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
