"""Federated rounds with bare pyzmq: processes that answer each model with another.

    python -m benchmarks.rounds_floor CLIENTS PARAMETERS ROUNDS

Nobody would notice if a model were lost: all would wait.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import zmq

from benchmarks.rounds_work import Laps, blank, mean, trained

MODULE = "benchmarks.rounds_floor"
ARRIVE_MS_MAX = 60_000  # what takes longer has failed


def main(clients: int, parameters: int, rounds: int) -> None:
    """Be the server, start the clients, and print the times."""
    with (
        TemporaryDirectory(prefix="bare-") as folder,
        zmq.Context() as context,
        context.socket(zmq.ROUTER) as router,
    ):
        address = f"ipc://{folder}/server"
        router.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        router.bind(address)
        words = [sys.executable, "-m", MODULE, address, str(rounds)]
        processes = [subprocess.Popen(words, cwd=Path(__file__).parents[1]) for _ in range(clients)]
        names = [router.recv_multipart()[0] for _ in processes]
        laps, model = Laps(), blank(parameters)
        for _ in range(rounds):
            for name in names:
                router.send(name, zmq.SNDMORE)
                router.send(model.data, copy=False)
            frames = [router.recv_multipart(copy=False) for _ in processes]
            model = mean([np.frombuffer(frame[-1].buffer, np.float32) for frame in frames])
            laps.over(model)
        for process in processes:
            process.wait(ARRIVE_MS_MAX / 1_000)
    print(laps.told())


def train(address: str, rounds: int) -> None:
    """Be a client."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        dealer.connect(address)
        dealer.send(b"")
        for _ in range(rounds):
            frame = dealer.recv(copy=False)
            model = trained(np.frombuffer(frame.buffer, np.float32))
            dealer.send(model.data, copy=False)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        train(sys.argv[1], int(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:]))
