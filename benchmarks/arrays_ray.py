"""Arrays with Ray: a driver puts them into its object store and calls an actor with each.

    python -m benchmarks.arrays_ray COUNT BYTES

So many calls are under way as fit the ring of the floor. The actor reads each array where it lies.
What an actor was given and has not finished is lost with it.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from importlib import import_module
from typing import Any

from benchmarks.arrays_meter import MIB, RING_BYTES, Meter, arrays

STORE_BYTES = 512 * MIB


def ray_rate(count: int, size: int) -> float:
    """Gigabytes a second, from the first that was handled to the last."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray = import_module("ray")
    ray.init(
        num_cpus=2,
        object_store_memory=STORE_BYTES,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        configure_logging=False,
    )
    try:
        return _pushed(ray, count, size)
    finally:
        ray.shutdown()


def _pushed(ray: Any, count: int, size: int) -> float:
    actor = ray.remote(Meter).remote(count)
    under_way: deque[Any] = deque()
    for array in arrays(count, size):
        under_way.append(actor.take.remote(ray.put(array)))
        if len(under_way) > RING_BYTES // size:
            ray.get(under_way.popleft())
    rate: float = ray.get(actor.rate.remote())
    return rate


if __name__ == "__main__":
    print(ray_rate(int(sys.argv[1]), int(sys.argv[2])))
