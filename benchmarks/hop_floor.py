"""One hop with bare pyzmq: a process pushes the time to another over ipc, one message at a time."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import zmq

ARRIVE_MS_MAX = 60_000  # what takes longer has failed
MESSAGE = struct.Struct("=q56x")  # 64 bytes: when it was sent, in ns of the clock that all share


def bare_hops_ns(count: int, pause_s: float) -> list[int]:
    """From just before each `send` to just after the `recv` that it ends, after a warm-up."""
    with (
        TemporaryDirectory(prefix="bare-") as folder,
        zmq.Context() as context,
        context.socket(zmq.PULL) as pull,
    ):
        address = f"ipc://{folder}/sink"
        pull.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        pull.bind(address)
        words = [sys.executable, "-m", __name__, address, str(count), str(pause_s)]
        with subprocess.Popen(words, cwd=Path(__file__).parents[1]) as source:
            hops = [_hop_ns(pull) for _ in range(count)]
            source.wait(ARRIVE_MS_MAX / 1_000)
    return hops


def _hop_ns(pull: zmq.Socket[bytes]) -> int:
    message = pull.recv()
    now_ns = time.monotonic_ns()
    (sent_ns,) = MESSAGE.unpack(message)
    return now_ns - int(sent_ns)


def push(address: str, count: int, pause_s: float) -> None:
    """Be the process that pushes."""
    never = Event()
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.setsockopt(zmq.SNDTIMEO, ARRIVE_MS_MAX)
        socket.connect(address)
        for _ in range(count):
            never.wait(pause_s)
            socket.send(MESSAGE.pack(time.monotonic_ns()))


if __name__ == "__main__":
    push(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
