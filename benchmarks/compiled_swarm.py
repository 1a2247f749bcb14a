"""One figure of swarmdsl as an interpreter has it installed, on stdout: of a wheel, say.

`python -m benchmarks.compiled_swarm CASE`, with a CASE of `CASES`; or `built`, for what it is that
is measured. What is imported here comes from where that interpreter finds it first, so
`said_as_installed` starts it behind its own packages.
"""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import statistics
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

import swarmdsl
from benchmarks import arrays, latency, push
from benchmarks.tasks_cases import CASES as GRAPHS
from benchmarks.tasks_swarm import measure
from swarmdsl import Limits
from swarmdsl._version import is_compiled
from swarmdsl.topology.model import Wait

GRAPH = "fan-out"
BUILT = "built"


def built() -> dict[str, object]:
    """Which swarmdsl this is: whether it is compiled, and what must be alike to be compared."""
    digest, folder = hashlib.sha256(), Path(str(swarmdsl.__file__)).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return {
        "compiled": is_compiled(),
        "sources": digest.hexdigest(),
        "python": platform.python_version(),
        "pyzmq": version("pyzmq"),
        "msgspec": version("msgspec"),
    }


def trips_us(wait: Wait) -> float:
    """There and back, in the middle."""
    return statistics.median(latency.swarm_trips_ns(latency.COUNT, wait)) / 1_000


def tasks_rate() -> float:
    """Tasks of a graph that are done in a second."""
    return len(GRAPHS[GRAPH].graph().vertices) / measure(GRAPH, Limits())["round"]


def pushes_rate(name: str) -> float:
    """Pushes that are handled in a second."""
    return push.swarm_rate(name, push.COUNTS[name])


def arrays_rate(size: str) -> float:
    """Gigabytes a second."""
    return arrays.swarm_rate(arrays.COUNTS[size], arrays.SIZES[size])


CASES: MappingProxyType[str, Callable[[], float]] = MappingProxyType(
    {
        "block": functools.partial(trips_us, "block"),
        "spin": functools.partial(trips_us, "spin"),
        **{name: functools.partial(pushes_rate, name) for name in push.NAMES},
        **{size: functools.partial(arrays_rate, size) for size in ("1 MiB", "8 MiB")},
        GRAPH: tasks_rate,
    }
)


if __name__ == "__main__":
    print(json.dumps(built()) if sys.argv[1] == BUILT else CASES[sys.argv[1]]())
