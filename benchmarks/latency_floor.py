"""There and back with bare pyzmq: three processes, PUSH to PULL over ipc, one message at a time."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import zmq

ARRIVE_MS_MAX = 60_000  # what takes longer has failed
MESSAGE = struct.Struct("=q56x")  # 64 bytes: when it was sent, in ns of the clock that all share


def bare_trips_ns(count: int) -> list[int]:
    """From just before each `send` to just after the last `recv` that it ends."""
    with TemporaryDirectory(prefix="bare-") as folder, ExitStack() as stack:
        pipe_path = f"{folder}/pipe"
        os.mkfifo(pipe_path)
        pipe = os.open(pipe_path, os.O_RDWR)
        stack.callback(os.close, pipe)
        context = stack.enter_context(zmq.Context())
        pull = stack.enter_context(context.socket(zmq.PULL))
        pull.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        pull.bind(f"ipc://{folder}/back")
        words = [sys.executable, "-m", __name__, folder, str(count)]
        for part in ("echo", "ping"):
            root = Path(__file__).parents[1]
            stack.enter_context(subprocess.Popen([*words, part], cwd=root))
        trips = []
        for _ in range(count):
            message = pull.recv()
            now_ns = time.monotonic_ns()
            trips.append(now_ns - int(MESSAGE.unpack(message)[0]))
            os.write(pipe, b".")
    return trips


def ping(folder: str, count: int) -> None:
    """Be the process that sends."""
    pipe = os.open(f"{folder}/pipe", os.O_RDWR)
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.setsockopt(zmq.SNDTIMEO, ARRIVE_MS_MAX)
        socket.connect(f"ipc://{folder}/there")
        for _ in range(count):
            socket.send(MESSAGE.pack(time.monotonic_ns()))
            os.read(pipe, 1)
    os.close(pipe)


def echo(folder: str, count: int) -> None:
    """Be the process that hands on."""
    with (
        zmq.Context() as context,
        context.socket(zmq.PULL) as there,
        context.socket(zmq.PUSH) as back,
    ):
        there.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        there.bind(f"ipc://{folder}/there")
        back.setsockopt(zmq.SNDTIMEO, ARRIVE_MS_MAX)
        back.connect(f"ipc://{folder}/back")
        for _ in range(count):
            back.send(there.recv())


if __name__ == "__main__":
    {"ping": ping, "echo": echo}[sys.argv[3]](sys.argv[1], int(sys.argv[2]))
