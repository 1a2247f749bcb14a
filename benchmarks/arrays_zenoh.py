"""Arrays with Zenoh and its shared memory: written to a buffer of its provider, read in a callback.

    python -m benchmarks.arrays_zenoh COUNT BYTES

Its Python binding writes to such a buffer from bytes, and reads bytes out of it: there is no view.
Reliable and never dropped on the way (`CongestionControl.BLOCK`). What is on its way when a process
dies is lost.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.arrays_meter import RING_BYTES, Meter, arrays
from benchmarks.push_zenoh import ARRIVE_S_MAX, MATCH_S_MAX, free_port, loopback

MODULE = "benchmarks.arrays_zenoh"
TOPIC = "arrays"


def zenoh_rate(count: int, size: int) -> float:
    """Gigabytes a second, from the first that was handled to the last."""
    zenoh = import_module("zenoh")
    meter, over = Meter(count), threading.Event()

    def take(sample: Any) -> None:
        found = sample.payload.as_shm()
        assert found is not None, "it did not come in shared memory"
        meter.take(np.frombuffer(bytes(found), dtype=np.float32))
        if meter.is_over:
            over.set()

    address = f"tcp/127.0.0.1:{free_port()}"
    with zenoh.open(_config(zenoh, listen=address)) as session:
        session.declare_subscriber(TOPIC, take)
        words = [sys.executable, "-m", MODULE, address, str(count), str(size)]
        with subprocess.Popen(
            words, cwd=Path(__file__).parents[1], stdin=subprocess.PIPE
        ) as source:
            assert over.wait(ARRIVE_S_MAX), "not all have come"
            source.communicate(timeout=ARRIVE_S_MAX)  # closes its input: it may end
    return meter.rate()


def _config(zenoh: Any, **endpoints: str) -> Any:
    config = loopback(zenoh, **endpoints)
    config.insert_json5("transport/shared_memory/enabled", "true")
    return config


def put(address: str, count: int, size: int) -> None:
    """Be the process that publishes."""
    zenoh = import_module("zenoh")
    provider = zenoh.shm.ShmProvider.default_backend(RING_BYTES)
    policy = zenoh.shm.BlockOn(zenoh.shm.GarbageCollect(zenoh.shm.JustAlloc()))
    with zenoh.open(_config(zenoh, connect=address)) as session:
        publisher = session.declare_publisher(
            TOPIC, congestion_control=zenoh.CongestionControl.BLOCK
        )
        end_s = time.monotonic() + MATCH_S_MAX
        while not publisher.matching_status.matching and time.monotonic() < end_s:
            time.sleep(0.01)
        for array in arrays(count, size):
            buffer = provider.alloc(size, policy=policy)
            buffer[0:size] = array.tobytes()  # it takes bytes alone
            publisher.put(buffer)
        sys.stdin.read()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(zenoh_rate(int(sys.argv[1]), int(sys.argv[2])))
    else:
        put(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
