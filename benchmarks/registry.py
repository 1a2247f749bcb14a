"""The benchmarks that there are: a new one is a file, and two lines here."""

from __future__ import annotations

from benchmarks.arrays import ARRAYS
from benchmarks.backpressure import BACKPRESSURE
from benchmarks.benchmark import Benchmark
from benchmarks.compile import COMPILE
from benchmarks.compiled import COMPILED_BENCHMARK
from benchmarks.containers import CONTAINERS
from benchmarks.daemons import DAEMONS
from benchmarks.fan_in import FAN_IN
from benchmarks.hop import HOP
from benchmarks.latency import LATENCY
from benchmarks.push import PUSH
from benchmarks.rounds import ROUNDS_BENCHMARK
from benchmarks.startup import STARTUP
from benchmarks.statistics import STATISTICS
from benchmarks.tasks import TASKS
from benchmarks.telescopes import TELESCOPES
from benchmarks.transports import TRANSPORTS

ALL = (
    ARRAYS,
    BACKPRESSURE,
    COMPILE,
    COMPILED_BENCHMARK,
    CONTAINERS,
    DAEMONS,
    FAN_IN,
    HOP,
    LATENCY,
    PUSH,
    ROUNDS_BENCHMARK,
    STARTUP,
    STATISTICS,
    TASKS,
    TELESCOPES,
    TRANSPORTS,
)

BENCHMARKS: dict[str, Benchmark] = {one.name: one for one in ALL}
