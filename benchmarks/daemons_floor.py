"""A round of many bare processes over pyzmq: no types, no promise, nobody looks after them.

As a swarm has it, a fork server is executed which has imported pyzmq, and forks the processes.
Each connects a DEALER over ipc and says hello. When all are there each is sent a task, answers,
is told to end, and ends; the server ends when it has waited for all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import zmq

ANSWER_MS_MAX = 60_000  # what takes longer has failed
BACKLOG = 1_024


def bare_round(count: int, environment: Mapping[str, str]) -> float:
    """Seconds from executing the fork server to its end."""
    with TemporaryDirectory(prefix="bare-") as folder:
        address = f"ipc://{folder}/parent"
        begin_s = time.monotonic()
        with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
            router.setsockopt(zmq.BACKLOG, BACKLOG)
            router.setsockopt(zmq.RCVTIMEO, ANSWER_MS_MAX)
            router.bind(address)
            words = [sys.executable, "-m", __name__, str(count), address]
            folder_of_code = Path(__file__).parents[1]
            with subprocess.Popen(words, cwd=folder_of_code, env=environment) as server:
                _attend(router, count)
                server.wait(ANSWER_MS_MAX / 1_000)
        return time.monotonic() - begin_s


def _attend(router: zmq.Socket[bytes], count: int) -> None:
    """Be the parent: wait for all, hand out the tasks, gather the answers, tell all to end."""
    peers = [router.recv_multipart()[0] for _ in range(count)]
    for peer in peers:
        router.send_multipart([peer, b"task"])
    answers = [router.recv_multipart()[1] for _ in range(count)]
    assert answers == [b"1"] * count, "every process answers its task"
    for peer in peers:
        router.send_multipart([peer, b"end"])


def serve(count: int, address: str) -> None:
    """Be the fork server: fork the processes, and wait for all of them."""
    pids = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            _work(address)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)


def _work(address: str) -> None:
    """Be one of the processes."""
    code = 1
    try:
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.setsockopt(zmq.RCVTIMEO, ANSWER_MS_MAX)
            dealer.connect(address)
            dealer.send(b"hello")
            while dealer.recv() != b"end":
                dealer.send(b"1")
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
