"""Readings with Ray: an actor gives each of them to another one, as an argument of a call.

    python -m benchmarks.push_ray KIND COUNT

A call is made once, and it fails if the actor dies. The one that makes them waits now and then for
the last, since Ray would take any number. Values travel the way Ray writes them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from benchmarks.push_kinds import Meter, kind_of

WAIT_EVERY = 500


def ray_rate(name: str, count: int) -> float:
    """Readings a second, from the first that was handled to the last."""
    ray = import_module("ray")
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error", log_to_driver=False)
    try:
        sink = ray.remote(Sink).remote(name, count)
        source = ray.remote(Source).remote(name, count, sink)
        ray.get(source.push.remote())
        rate: float = ray.get(sink.rate.remote())
    finally:
        ray.shutdown()
    return rate


class Sink:
    """The actor that handles."""

    def __init__(self, name: str, count: int) -> None:
        self._meter = Meter(count)
        self._handle = kind_of(name).handler(self._meter)

    def take(self, reading: Any) -> None:
        """One of them."""
        self._handle(reading)

    def rate(self) -> float:
        """As the meter says."""
        return self._meter.rate()


class Source:
    """The actor that makes them."""

    def __init__(self, name: str, count: int, sink: Any) -> None:
        self._make, self._count, self._sink = kind_of(name).make, count, sink

    def push(self) -> None:
        """All of them."""
        ray, take = import_module("ray"), self._sink.take.remote
        for number in range(self._count):
            called = take(self._make(number))
            if number % WAIT_EVERY == WAIT_EVERY - 1:
                ray.get(called)


if __name__ == "__main__":
    print(ray_rate(sys.argv[1], int(sys.argv[2])))
