"""Readings with dora: one node sends each of them, another one handles each as an event.

    python -m benchmarks.push_dora KIND COUNT

`dora run` starts both from a description of the dataflow. An input would drop its oldest when its
queue is full; this one holds the sender back. What is on its way when a node dies is lost. A run
that dora does not bring to its end is no measurement, and is tried again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.peers import ROOT
from benchmarks.push_kinds import Meter, kind_of

MODULE = "benchmarks.push_dora"
TRIES_MAX = 3
ARRIVE_S_MAX = 120.0  # what takes longer has failed
QUEUE = 1_000
SAID_MAX = 2_000  # characters; its traces are long, and begin with what happened
RATE_FILE = "rate"
ENDED = "ended"


def dora_rate(name: str, count: int) -> float:
    """Readings a second, from the first that was handled to the last.

    Raises:
        RuntimeError: not all were handled, in `TRIES_MAX` runs.
    """
    said = ""
    for _ in range(TRIES_MAX):
        rate, said = _run(name, count)
        if rate is not None:
            return rate
    raise RuntimeError(f"dora has not handled all: {said}")


def _run(name: str, count: int) -> tuple[float | None, str]:
    """The rate, if all came, and what was said beside that."""
    command = Path(sys.executable).with_name("dora")
    with TemporaryDirectory(prefix="dora-") as folder:
        flow = Path(folder, "push.yml")
        flow.write_text(json.dumps(_flow(name, count, folder)), "utf-8")  # YAML is more than JSON
        done = subprocess.run(
            [command, "run", flow],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
            capture_output=True,
            text=True,
            timeout=ARRIVE_S_MAX,
        )
        rate = Path(folder, RATE_FILE)
        said = (done.stdout + done.stderr)[:SAID_MAX]
        return (float(rate.read_text("utf-8")) if rate.exists() else None), said


def _flow(name: str, count: int, folder: str) -> dict[str, Any]:
    def node(role: str, **more: Any) -> dict[str, Any]:
        arguments = f"-m {MODULE} {role} {name} {count} {folder}"
        return {"id": role, "path": sys.executable, "args": arguments, **more}

    taken = {"source": "source/reading", "queue_size": QUEUE, "queue_policy": "backpressure"}
    return {
        "nodes": [
            node("source", outputs=["reading"], inputs={"over": f"sink/{ENDED}"}),
            node("sink", inputs={"reading": taken}, outputs=[ENDED]),
        ]
    }


def send(name: str, count: int) -> None:
    """Be the node that sends."""
    node, arrow, kind = import_module("dora").Node(), import_module("pyarrow"), kind_of(name)
    for number in range(count):
        node.send_output("reading", arrow.array(memoryview(kind.write(kind.make(number))), "uint8"))
    while node.next()["type"] != "INPUT":  # a node that ends takes what it has sent along
        pass


def handle(name: str, count: int, folder: str) -> None:
    """Be the node that handles."""
    node, arrow, kind = import_module("dora").Node(), import_module("pyarrow"), kind_of(name)
    meter = Meter(count)
    take, read = kind.handler(meter), kind.read
    while not meter.ended_ns:
        event = node.next()
        if event["type"] == "INPUT":
            take(read(event["value"].to_numpy().tobytes()))
    Path(folder, RATE_FILE).write_text(str(meter.rate()), "utf-8")
    node.send_output(ENDED, arrow.array([1]))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["source", kind, number, _]:
            send(kind, int(number))
        case ["sink", kind, number, where]:
            handle(kind, int(number), where)
        case [kind, number]:
            print(dora_rate(kind, int(number)))
