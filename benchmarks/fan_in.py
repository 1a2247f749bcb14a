"""Does one task keep up with a hundred that push to it, and what does that cost each push?"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, Row, row_of
from benchmarks.fan_in_floor import bare
from benchmarks.fan_in_meter import Stretch
from benchmarks.fan_in_swarm import SLOWER, FanInByClock, FanInFlatOut
from benchmarks.peers import Pythons
from swarmdsl import Limits, Swarm

OURS = "pushes of many to one"
ROUNDS_MIN = 5
BATCH = Limits().batch_messages


@dataclass(frozen=True, slots=True)
class Case:
    """Some producers, and what each of them does.

    Attributes:
        swarm: of which they are part.
        producers: how many.
        count: of the pushes of each.
        warm_up: the pushes of each that are not looked at.
        period_s: of the clock; 0 for as fast as they can.
        slow: for so many periods only every hundredth counts.
        stretch: the time that is looked at.
        floor: in how many readings a bare message has; 0 for no floor.
    """

    swarm: type[Swarm]
    producers: int
    count: int
    warm_up: int
    period_s: float = 0.0
    slow: int = 0
    stretch: Stretch = Stretch.WHOLE
    floor: int = 0


STEADY, STEP = "100 at 1,000/s each", "100 from 10/s to 1,000/s each"
FLAT, IDLE = "100 as fast as they can", "10 at 10/s each"

CASES: Mapping[str, Case] = {
    STEADY: Case(FanInByClock, 100, 5_000, 500, 0.001, stretch=Stretch.TOGETHER),
    STEP: Case(FanInByClock, 100, 2_010, 10, 0.001, slow=1_000, stretch=Stretch.BEGUN),
    FLAT: Case(FanInFlatOut, 100, 20_000, 1_024, floor=BATCH),
    IDLE: Case(FanInByClock, 10, 50, 5, 0.1, floor=1),
}

COMPARED = ("rate", "p50_ms", "p99_ms")  # bare producers come one after another: none has a share
METRICS = {"rate": "1/s", "p50_ms": "ms", "p99_ms": "ms", "share": "of the mean"}
OF_CASE = {
    STEADY: ("rate", "p50_ms", "p99_ms", "share"),
    STEP: ("rate", "p50_ms", "p99_ms", "share"),
    FLAT: ("rate", "share"),
    IDLE: ("p50_ms", "p99_ms"),
}


def swarm_figures(case: Case) -> dict[str, float]:
    """What the receiver has seen."""
    told = {
        "PERIOD_S": case.period_s or 1,
        "SLOW": case.slow,
        "COUNT": case.count,
        "WARM_UP": case.warm_up,
        "STRETCH": case.stretch.name,
    }
    environment = {**os.environ, **{f"FAN_IN_{name}": str(one) for name, one in told.items()}}
    with TemporaryDirectory(prefix="fan-in-") as home:
        run = case.swarm().run(nodes=case.producers, home=home, environment=environment)
        assert run.state.name == "COMPLETED", run.reason
        assert run.results("handled")[0]["value"] == case.producers * case.count, "lost or doubled"
        return {name: run.results(name)[0]["value"] for name in METRICS}


def floor_figures(case: Case) -> dict[str, float]:
    """What a bare receiver has seen."""
    seen = bare(case.producers, case.count, case.period_s, case.floor, case.warm_up)
    found = seen.figures(case.stretch)
    return {name: found[name] for name in COMPARED}


def measure(cases: Mapping[str, Case], seconds: float) -> Outcome:
    """Rounds of each case, with its floor by turns, for at least so long."""
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    end_s, rounds = time.monotonic() + seconds, 0
    while rounds < ROUNDS_MIN or time.monotonic() < end_s:
        rounds += 1
        for name, case in cases.items():
            if case.floor:
                found.setdefault((name, FLOOR), []).append(floor_figures(case))
            found.setdefault((name, OURS), []).append(swarm_figures(case))
    rows = [row for name, case in cases.items() for row in _rows(name, case, found)]
    said = [f"{one.case}: {one.metric} {one.median:.3g} {one.unit}" for one in rows if _is_bar(one)]
    return Outcome(rows=rows, verdict=f"In the middle: {'; '.join(said)}.")


def _is_bar(row: Row) -> bool:
    return row.unit == "times" or (row.metric == "p99_ms" and row.case in {STEADY, STEP})


def _rows(
    name: str, case: Case, found: Mapping[tuple[str, str], list[dict[str, float]]]
) -> list[Row]:
    ours, floors = found[name, OURS], found.get((name, FLOOR), [])
    rows = []
    for metric in OF_CASE[name]:
        unit = METRICS[metric]
        mine = [one[metric] for one in ours]
        if floors and metric in floors[0]:
            base = f"{FLOOR}:pyzmq, {case.floor:,} in a message"
            theirs = [one[metric] for one in floors]
            rows.append(row_of("fan-in", name, base, metric, unit, theirs))
            beside = [one / other for one, other in zip(mine, theirs, strict=True)]
            rows.append(row_of("fan-in", name, OURS, f"{metric} beside", "times", beside))
        rows.append(row_of("fan-in", name, OURS, metric, unit, mine))
    return rows


def _run(seconds: float, progress: Progress, _peers: Pythons) -> Outcome:
    progress(f"{', '.join(CASES)}, by turns, for {seconds:g} s; each starts a hundred processes")
    return measure(CASES, seconds)


FAN_IN = Benchmark(
    name="fan-in",
    summary="a hundred tasks that push to one: by the clock, in a step, and flat out",
    question=(
        "A hundred daemon modules push readings of some 50 bytes to one, each a thousand a second "
        f"by the clock, after a while with only every {SLOWER}th, and as fast as they can; and ten "
        "push ten a second. How many are handled, how old are they then, and does each producer "
        "get its share? Flat out and nearly idle, bare processes do the same by turns."
    ),
    seconds=60.0,
    run=_run,
    chart="p99_ms",
)
