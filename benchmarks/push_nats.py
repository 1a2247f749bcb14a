"""Readings with NATS: one process publishes each of them, a subscriber's callback handles it.

    python -m benchmarks.push_nats KIND COUNT

Both talk to a `nats-server` of their own over the loopback, with nats-py. Core NATS delivers at
most once: what the server or a slow subscriber cannot take is dropped. So that all of them arrive
the publisher flushes now and then, and the subscriber may let more wait than it would by default.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from importlib import import_module
from typing import Any

from benchmarks.peers import ROOT, program_of
from benchmarks.push_kinds import Meter, kind_of

MODULE = "benchmarks.push_nats"
SERVER = "nats-server"
ARRIVE_S_MAX = 120.0  # what takes longer has failed
LISTEN_S_MAX = 10.0
FLUSH_EVERY = 1_000
TOPIC = "push"


def nats_rate(name: str, count: int) -> float:
    """Readings a second, from the first that was handled to the last."""
    server = program_of(SERVER)
    assert server is not None, f"{SERVER} is not installed"
    port = _free_port()
    with subprocess.Popen(
        [server, "-a", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _await_listening(port)
            return asyncio.run(_subscribed(name, port, count))
        finally:
            process.terminate()


async def _subscribed(name: str, port: int, count: int) -> float:
    kind, meter, over = kind_of(name), Meter(count), asyncio.Event()
    handle, read = kind.handler(meter), kind.read

    async def take(message: Any) -> None:
        handle(read(message.data))
        if meter.ended_ns:
            over.set()

    client = await import_module("nats").connect(f"nats://127.0.0.1:{port}")
    await client.subscribe(TOPIC, cb=take, pending_msgs_limit=0, pending_bytes_limit=0)
    await client.flush()
    words = [sys.executable, "-m", MODULE, name, str(port), str(count)]
    source = await asyncio.create_subprocess_exec(*words, cwd=ROOT)
    await asyncio.wait_for(over.wait(), ARRIVE_S_MAX)
    await source.wait()
    await client.close()
    return meter.rate()


async def publish(name: str, port: int, count: int) -> None:
    """Be the process that publishes."""
    kind = kind_of(name)
    make, write = kind.make, kind.write
    client = await import_module("nats").connect(f"nats://127.0.0.1:{port}")
    for number in range(count):
        await client.publish(TOPIC, write(make(number)))
        if number % FLUSH_EVERY == 0:
            await client.flush()
    await client.drain()


def _await_listening(port: int) -> None:
    end_s = time.monotonic() + LISTEN_S_MAX
    while time.monotonic() < end_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"{SERVER} does not listen on port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(nats_rate(sys.argv[1], int(sys.argv[2])))
    else:
        asyncio.run(publish(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
