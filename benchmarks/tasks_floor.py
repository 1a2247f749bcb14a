"""The least that a graph of tasks can cost: two bare processes, pyzmq, and counters at the tasks.

Each worker knows the graph and which tasks are its own: by turns, as they come. A task is ready
when its last input has come; a value for a task of the same worker is handed over in memory, and
those for the other one leave together when nothing is ready any more. Nothing is kept, checked or
told: if a worker dies, all waits for ever.

`python -m benchmarks.tasks_floor CASE OWN ADDRESS OTHER RESULT`
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import zmq

from benchmarks.tasks_cases import CASES
from benchmarks.tasks_graphs import Graph

ARRIVE_MS_MAX = 60_000  # what takes longer has failed
TOGETHER = 100  # values that leave together at most
WORKERS = 2


def floor_s(case: str) -> float:
    """Seconds from the word to begin to the value of the last task, over all workers."""
    graph = CASES[case].graph()
    with (
        TemporaryDirectory(prefix="floor-") as folder,
        zmq.Context() as context,
        context.socket(zmq.PULL) as results,
    ):
        results.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        results.bind(f"ipc://{folder}/results")
        workers = [_worker(case, own, folder) for own in range(WORKERS)]
        begin = [context.socket(zmq.PUSH) for _ in workers]
        for own, socket in enumerate(begin):
            socket.connect(f"ipc://{folder}/{own}")
        for _ in workers:
            results.recv()  # it is ready, and connected
        begun_s = time.monotonic()
        for socket in begin:
            socket.send(b"")
        value = msgspec.msgpack.decode(results.recv(), type=int)
        ended_s = time.monotonic()
        for socket in begin:
            socket.close(linger=1_000)
        for worker in workers:
            worker.kill()
            worker.wait()
    assert value == graph.value, value
    return ended_s - begun_s


def _worker(case: str, own: int, folder: str) -> subprocess.Popen[bytes]:
    addresses = [f"ipc://{folder}/{name}" for name in (own, 1 - own, "results")]
    words = [sys.executable, "-m", __name__, case, str(own), *addresses]
    return subprocess.Popen(words, cwd=Path(__file__).parents[1])


class Worker:
    """One of two processes: its tasks, and what they wait for."""

    def __init__(self, graph: Graph, own: int, other: zmq.Socket[bytes]) -> None:
        self._vertices = graph.vertices
        self._own, self._other = own, other
        self._worker = [
            number % WORKERS if one.worker is None else one.worker
            for number, one in enumerate(graph.vertices)
        ]
        self._after: list[list[int]] = [[] for _ in graph.vertices]
        for number, one in enumerate(graph.vertices):
            for source in one.inputs:
                self._after[source].append(number)
        self._missing = [len(one.inputs) for one in graph.vertices]
        self._values: dict[int, int] = {}
        self._leaving: list[tuple[int, int]] = []
        self._ready: deque[int] = deque()

    def begin(self) -> None:
        """Those tasks are ready that need nothing.

        Others may be by now, for the other worker may have begun before: they are known.
        """
        self._ready.extend(
            number
            for number, vertex in enumerate(self._vertices)
            if not vertex.inputs and self._worker[number] == self._own
        )

    def take(self, values: list[tuple[int, int]]) -> None:
        """The other worker has computed these."""
        for number, value in values:
            self._hand_over(number, value)

    def _hand_over(self, number: int, value: int) -> None:
        self._values[number] = value
        for after in self._after[number]:
            if self._worker[after] == self._own:
                self._missing[after] -= 1
                if not self._missing[after]:
                    self._ready.append(after)

    def work(self) -> int | None:
        """Do what is ready; the value of the last task of all, if that was among it."""
        vertices, values, last = self._vertices, self._values, len(self._vertices) - 1
        while self._ready:
            number = self._ready.popleft()
            vertex = vertices[number]
            value = vertex.call([values[one] for one in vertex.inputs])
            if number == last:
                return value
            self._hand_over(number, value)
            if any(self._worker[after] != self._own for after in self._after[number]):
                self._leaving.append((number, value))
                if len(self._leaving) >= TOGETHER:
                    self._flush()
        self._flush()
        return None

    def _flush(self) -> None:
        if self._leaving:
            self._other.send(msgspec.msgpack.encode(self._leaving))
            self._leaving = []


def work(case: str, own: int, addresses: list[str]) -> None:
    """Be a worker."""
    decoder = msgspec.msgpack.Decoder(list[tuple[int, int]])
    with (
        zmq.Context() as context,
        context.socket(zmq.PULL) as inbox,
        context.socket(zmq.PUSH) as other,
        context.socket(zmq.PUSH) as results,
    ):
        inbox.setsockopt(zmq.RCVTIMEO, ARRIVE_MS_MAX)
        inbox.bind(addresses[0])
        other.setsockopt(zmq.RECONNECT_IVL, 1)
        other.connect(addresses[1])
        results.connect(addresses[2])
        worker = Worker(CASES[case].graph(), own, other)
        results.send(b"")
        value = None
        while value is None:
            message = inbox.recv()
            if message:
                worker.take(decoder.decode(message))
            else:  # the word to begin, which the other one may have got first
                worker.begin()
            value = worker.work()
        results.send(msgspec.msgpack.encode(value))
        inbox.recv()  # until it is killed: what was sent must leave first


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
