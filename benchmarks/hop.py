"""How long is a push under way, from one task to the next, beside a message of bare pyzmq?"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from benchmarks import drawing
from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, Row, row_of
from benchmarks.hop_floor import bare_hops_ns
from benchmarks.hop_swarm import Hop
from benchmarks.peers import Pythons

COUNT = 200
PAUSES_S = (0.01, 0.001)
ROUNDS_MIN = 5
WARM_UP = 0.1  # of the pushes: in them each side does everything for the first time
BASE = f"{FLOOR}:pyzmq PUSH to PULL"
OURS = "push to handler"

Hops = Sequence[int]
"""Of one round, in order: how long each message was under way, in ns."""


def swarm_hops_ns(count: int, pause_s: float) -> list[int]:
    """From just before a handler returns what it pushes to the first line of the next handler."""
    environment = {**os.environ, "HOP_COUNT": str(count), "HOP_PAUSE_S": str(pause_s)}
    with TemporaryDirectory(prefix="hop-") as home:
        run = Hop().run(home=home, environment=environment)
        assert run.state.name == "COMPLETED", run.reason
        hops: list[int] = run.results("hops_ns")[0]["value"]
    return hops


def measure(count: int, pauses_s: Sequence[float], seconds: float) -> Outcome:
    """Rounds of bare messages and of pushes, by turns, for at least so long."""
    bare: dict[float, list[Hops]] = {pause_s: [] for pause_s in pauses_s}
    ours: dict[float, list[Hops]] = {pause_s: [] for pause_s in pauses_s}
    end_s = time.monotonic() + seconds
    while len(bare[pauses_s[0]]) < ROUNDS_MIN or time.monotonic() < end_s:
        for pause_s in pauses_s:
            bare[pause_s].append(bare_hops_ns(count, pause_s))
            ours[pause_s].append(swarm_hops_ns(count, pause_s))
    rows, said = list[Row](), list[str]()
    for pause_s in pauses_s:
        case = f"one every {pause_s * 1_000:g} ms"
        rows += _rows(case, bare[pause_s], ours[pause_s])
        said.append(f"{case}: {rows[-2].median:.1f}")
    verdict = f"Times the way of a bare message, in the middle: {', '.join(said)}."
    arrivals = drawn(bare[pauses_s[0]][-1], ours[pauses_s[0]][-1])
    return Outcome(rows=rows, verdict=verdict, drawings={"hop.svg": arrivals})


def _rows(case: str, bare: Sequence[Hops], ours: Sequence[Hops]) -> list[Row]:
    rows, ratios = list[Row](), list[Row]()
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        floors = [quantile_us(one, share) for one in bare]
        mine = [quantile_us(one, share) for one in ours]
        beside = [one / floor for one, floor in zip(mine, floors, strict=True)]
        rows.append(row_of("hop", case, BASE, f"one way, {name}", "us", floors))
        rows.append(row_of("hop", case, OURS, f"one way, {name}", "us", mine))
        ratios.append(row_of("hop", case, OURS, f"beside the floor, {name}", "times", beside))
    return [*rows, *ratios]


def quantile_us(hops_ns: Hops, share: float) -> float:
    """What that share of the messages did not exceed, in microseconds, without the warm-up.

    >>> quantile_us([9_000_000] * 10 + [1_000] * 50 + [3_000] * 40, 0.5)
    1.0
    """
    warm = sorted(hops_ns[int(len(hops_ns) * WARM_UP) :])
    return warm[min(len(warm) - 1, int(len(warm) * share))] / 1_000


def drawn(bare: Hops, ours: Hops) -> str:
    """How many messages were at most so long under way, up to three times ours in the middle."""
    end_us = 3 * statistics.median(ours) / 1_000
    times_us = [end_us * point / 100 for point in range(101)]
    series = {
        name: [
            100 * sum(hop <= time_us * 1_000 for hop in hops) / len(hops) for time_us in times_us
        ]
        for name, hops in (("pyzmq", bare), ("swarmdsl", ours))
    }
    return drawing.lines("Arrived", "% of all", times_us, series, "microseconds")


def _run(seconds: float, progress: Progress, _peers: Pythons) -> Outcome:
    progress(f"{COUNT} messages and {COUNT} pushes at a time, by turns, for {seconds:g} s")
    return measure(COUNT, PAUSES_S, seconds)


HOP = Benchmark(
    name="hop",
    summary="from a task to the next one, beside a message from process to process with pyzmq",
    question=(
        "In a chain of daemon modules one pushes the time, 64 bytes, and the next notes how old it "
        "is when its handler begins. By turns two bare processes do the same with pyzmq, PUSH to "
        "PULL over ipc. One message is under way at a time, every 10 ms on a link that is idle in "
        "between, and then every 1 ms."
    ),
    seconds=60.0,
    run=_run,
)
