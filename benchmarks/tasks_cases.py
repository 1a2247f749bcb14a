"""The cases of the benchmark of tasks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from benchmarks.tasks_graphs import Graph, across, chain, fan_out, layered, uneven


class Case(NamedTuple):
    """A graph, and what it is called in the tables."""

    name: str
    graph: Callable[[], Graph]
    uneven: bool = False  # so it is also measured where no worker runs what waits at the other


CASES = {
    "fan-out": Case("fan-out of 10,000", partial(fan_out, 10_000)),
    "layered": Case("100 layers of 100", partial(layered, 100, 100)),
    "chain": Case("chain of 1,000", partial(chain, 1_000)),
    "across": Case("chain of 1,000 over two nodes", partial(across, 1_000)),
    "uneven": Case("100 of 10 ms beside 100 of none", partial(uneven, 200), uneven=True),
    "small": Case("5 layers of 4", partial(layered, 5, 4)),
    "few": Case("2 of 10 ms beside 2 of none", partial(uneven, 4), uneven=True),
}
"""By the name that is used on command lines; `small` and `few` are for tests."""

MEASURED = ("fan-out", "layered", "chain", "across", "uneven")
