"""The benchmarks that there are: a new one is a file and a line here."""

from __future__ import annotations

from benchmarks.backpressure import BACKPRESSURE
from benchmarks.benchmark import Benchmark
from benchmarks.compile import COMPILE
from benchmarks.daemons import DAEMONS
from benchmarks.hop import HOP
from benchmarks.push import PUSH
from benchmarks.startup import STARTUP
from benchmarks.telescopes import TELESCOPES

BENCHMARKS: dict[str, Benchmark] = {
    one.name: one for one in (BACKPRESSURE, COMPILE, DAEMONS, HOP, PUSH, STARTUP, TELESCOPES)
}
