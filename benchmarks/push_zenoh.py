"""Readings with Zenoh: a publisher puts each of them, a subscriber's callback handles it.

    python -m benchmarks.push_zenoh KIND COUNT

Reliable and never dropped on the way (`CongestionControl.BLOCK`), from process to process over tcp
on the loopback, without a router. Zenoh batches by itself what is put one by one. What is on its
way when a process dies is lost.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.push_kinds import Meter, kind_of

MODULE = "benchmarks.push_zenoh"
ARRIVE_S_MAX = 60.0  # what takes longer has failed
MATCH_S_MAX = 10.0
TOPIC = "push"


def zenoh_rate(name: str, count: int) -> float:
    """Readings a second, from the first that was handled to the last."""
    zenoh = import_module("zenoh")
    kind, meter, over = kind_of(name), Meter(count), threading.Event()
    handle, read = kind.handler(meter), kind.read

    def take(sample: Any) -> None:
        handle(read(sample.payload.to_bytes()))
        if meter.ended_ns:
            over.set()

    address = f"tcp/127.0.0.1:{free_port()}"
    with zenoh.open(loopback(zenoh, listen=address)) as session:
        session.declare_subscriber(TOPIC, take)
        words = [sys.executable, "-m", MODULE, name, address, str(count)]
        with subprocess.Popen(
            words, cwd=Path(__file__).parents[1], stdin=subprocess.PIPE
        ) as source:
            assert over.wait(ARRIVE_S_MAX), "not all have come"
            source.communicate(timeout=ARRIVE_S_MAX)  # closes its input: it may end
    return meter.rate()


def put(name: str, address: str, count: int) -> None:
    """Be the process that publishes."""
    zenoh = import_module("zenoh")
    kind = kind_of(name)
    make, write = kind.make, kind.write
    with zenoh.open(loopback(zenoh, connect=address)) as session:
        publisher = session.declare_publisher(
            TOPIC, congestion_control=zenoh.CongestionControl.BLOCK
        )
        end_s = time.monotonic() + MATCH_S_MAX
        while not publisher.matching_status.matching and time.monotonic() < end_s:
            time.sleep(0.01)
        for number in range(count):
            publisher.put(write(make(number)))
        sys.stdin.read()


def loopback(zenoh: Any, **endpoints: str) -> Any:
    """Peers that find each other at an address, and nowhere else."""
    config = zenoh.Config()
    config.insert_json5("scouting/multicast/enabled", "false")
    for side, address in endpoints.items():
        config.insert_json5(f"{side}/endpoints", f'["{address}"]')
    if "connect" in endpoints:
        config.insert_json5("listen/endpoints", "[]")
    return config


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(zenoh_rate(sys.argv[1], int(sys.argv[2])))
    else:
        put(sys.argv[1], sys.argv[2], int(sys.argv[3]))
