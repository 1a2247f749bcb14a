"""How long is a push under way there and back, beside messages of bare pyzmq?"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, Row, row_of
from benchmarks.hop import drawn, quantile_us
from benchmarks.latency_floor import bare_trips_ns
from benchmarks.latency_swarm import Latency
from benchmarks.peers import Pythons
from swarmdsl.topology.model import Wait

COUNT = 2_000
ROUNDS_MIN = 5
BASE = f"{FLOOR}:pyzmq, two messages"
OURS = "two pushes"
SPUN = 'two pushes, wait="spin"'
CASE = "there and back, 64 B"

Trips = Sequence[int]
"""Of one round, in order: how long each push was under way, in ns."""


def swarm_trips_ns(count: int, wait: Wait = "block") -> list[int]:
    """From just before a source yields a push to the first line of the handler behind another."""
    with TemporaryDirectory(prefix="latency-") as home:
        pipe = Path(home, "pipe")
        os.mkfifo(pipe)
        told = {"LATENCY_COUNT": str(count), "LATENCY_PIPE": str(pipe)}
        run = Latency(wait).run(home=home, environment={**os.environ, **told})
        assert run.state.name == "COMPLETED", run.reason
        trips: list[int] = run.results("trips_ns")[0]["value"]
    return trips


def measure(count: int, seconds: float) -> Outcome:
    """Rounds of bare messages and of pushes, by turns, for at least so long."""
    bare: list[Trips] = []
    ours: list[Trips] = []
    spun: list[Trips] = []
    end_s = time.monotonic() + seconds
    while len(bare) < ROUNDS_MIN or time.monotonic() < end_s:
        bare.append(bare_trips_ns(count))
        ours.append(swarm_trips_ns(count))
        spun.append(swarm_trips_ns(count, "spin"))
    rows = []
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        floors = [quantile_us(one, share) for one in bare]
        rows.append(row_of("latency", CASE, BASE, name, "us", floors))
        rows += [*_rows(OURS, name, share, floors, ours), *_rows(SPUN, name, share, floors, spun)]
    said = [f"{row.system.partition(': ')[2]}, {row.metric} {row.median:.2f}" for row in rows]
    beside = [one for one, row in zip(said, rows, strict=True) if row.unit == "times"]
    verdict = f"Times the way of bare messages, in the middle: {'; '.join(beside)}."
    return Outcome(rows=rows, verdict=verdict, drawings={"latency.svg": drawn(bare[-1], ours[-1])})


def _rows(
    ours: str, name: str, share: float, floors: Sequence[float], trips: Sequence[Trips]
) -> list[Row]:
    mine = [quantile_us(one, share) for one in trips]
    beside = [one / floor for one, floor in zip(mine, floors, strict=True)]
    return [
        row_of("latency", CASE, ours, name, "us", mine),
        row_of("latency", CASE, ours, f"{name} beside", "times", beside),
    ]


def _run(seconds: float, progress: Progress, _peers: Pythons) -> Outcome:
    progress(f"{COUNT} messages and {COUNT} pushes at a time, by turns, for {seconds:g} s")
    return measure(COUNT, seconds)


LATENCY = Benchmark(
    name="latency",
    summary="a push there and back, beside messages of bare pyzmq",
    question=(
        "One daemon module pushes 64 bytes, a second one hands them on, and a third one notes how "
        "old they are; then the next leaves. By turns three bare processes do the same with pyzmq, "
        "PUSH to PULL over ipc; and then the receivers of the pushes look again and again, "
        "instead of sleeping at once."
    ),
    seconds=60.0,
    run=_run,
)
