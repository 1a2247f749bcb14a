"""Many bare processes that push to one with pyzmq: PUSH to PULL over ipc, nothing else.

By the clock each reading is a message, sent at once; flat out as many share one as with us.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import msgspec
import zmq

from benchmarks.fan_in_meter import FILLING, Meter, Reading

ARRIVE_MS_MAX = 120_000  # what takes longer has failed


def bare(producers: int, count: int, period_s: float, batch: int, warm_up: int) -> Meter:
    """What the meter has seen of so many producers, each with so many readings.

    Args:
        producers: how many processes.
        count: of each.
        period_s: of the clock; 0 for as fast as they can.
        batch: readings in a message.
        warm_up: of each, not looked at.
    """
    decode = msgspec.msgpack.Decoder(list[Reading]).decode
    meter, handled = Meter(warm_up, count // 2), 0
    with (
        TemporaryDirectory(prefix="bare-") as folder,
        zmq.Context() as context,
        context.socket(zmq.PULL) as pull,
        ExitStack() as processes,
    ):
        address = f"ipc://{folder}/sink"
        pull.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        pull.setsockopt(zmq.BACKLOG, 1_024)
        pull.bind(address)
        settings = [address, str(producers), str(count), str(period_s), str(batch)]
        words = [sys.executable, "-m", __name__, *settings]
        source = processes.enter_context(subprocess.Popen(words, cwd=Path(__file__).parents[1]))
        while handled < producers * count:
            readings = decode(pull.recv())
            for reading in readings:
                meter.take(reading)
            handled += len(readings)
        source.wait(ARRIVE_MS_MAX / 1_000)
    return meter


def push(address: str, name: str, count: int, period_s: float, batch: int) -> None:
    """Be one of the processes that push."""
    encode, never = msgspec.msgpack.Encoder().encode, Event()
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.setsockopt(zmq.SNDTIMEO, ARRIVE_MS_MAX)
        socket.connect(address)
        readings: list[Reading] = []
        for number in range(1, count + 1):
            if period_s:
                never.wait(period_s)
            readings.append(Reading(number, time.monotonic_ns() if period_s else 0, name, FILLING))
            if len(readings) == batch or number == count:
                socket.send(encode(readings))
                readings.clear()


def push_all(address: str, producers: int, count: int, period_s: float, batch: int) -> None:
    """Be the parent of the processes that push: they share what is imported, as daemons do."""
    children = []
    for number in range(producers):
        child = os.fork()
        if not child:
            push(address, f"node{number + 1}", count, period_s, batch)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    told = sys.argv[2:]
    push_all(sys.argv[1], int(told[0]), int(told[1]), float(told[2]), int(told[3]))
