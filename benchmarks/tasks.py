"""How many small tasks of a graph are done in a second, beside a bare dataflow and others?"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import MappingProxyType

import msgspec

from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, Row, row_of
from benchmarks.peers import Pythons, said_by
from benchmarks.tasks_cases import CASES, MEASURED
from benchmarks.tasks_floor import floor_s
from benchmarks.tasks_peers import MEASURES

ROUNDS_MIN = 5
BASE = f"{FLOOR}:pyzmq, two workers that count inputs"
OURS = "tasks of functions"
KEPT = "tasks of functions, none stolen"
METRIC, UNIT = "done", "1/s"
NOBODY: Pythons = MappingProxyType({})

Rates = dict[tuple[str, str], list[float]]
"""Tasks a second in each round, by case and system."""


def swarm_s(case: str, *how: str) -> dict[str, float]:
    """Seconds of the round, of the compiler, and of the run as a whole."""
    return msgspec.json.decode(
        said_by(sys.executable, "benchmarks.tasks_swarm", case, *how), type=dict[str, float]
    )


def measure(
    cases: Sequence[str], seconds: float, peers: Pythons = NOBODY, rounds_min: int = ROUNDS_MIN
) -> Outcome:
    """Rounds of the bare dataflow, of swarms and of the peers, by turns, for at least so long."""
    rates: Rates = {}
    compiled: dict[str, list[float]] = {case: [] for case in cases}
    end_s, rounds = time.monotonic() + seconds, 0
    while rounds < rounds_min or time.monotonic() < end_s:
        rounds += 1
        for case in cases:
            count = len(CASES[case].graph().vertices)
            ours = swarm_s(case)
            compiled[case].append(ours["compile"])
            rates.setdefault((case, BASE), []).append(count / floor_s(case))
            rates.setdefault((case, OURS), []).append(count / ours["round"])
            if CASES[case].uneven:
                apart = swarm_s(case, "kept")["round"]
                rates.setdefault((case, KEPT), []).append(count / apart)
            for peer, python in peers.items():
                rates.setdefault((case, peer), []).append(
                    count / float(said_by(python, "benchmarks.tasks_peers", peer, case))
                )
    rows = [row for case in cases for row in _rows(case, rates, compiled[case], [*peers])]
    ratios = [row for row in rows if row.unit == "times"]
    said = "; ".join(f"{row.case}: {row.metric} {row.median:.3g}" for row in ratios)
    return Outcome(rows=rows, verdict=f"Times the others' rates, in the middle: {said}.")


def _rows(case: str, rates: Rates, compiled_s: Sequence[float], peers: Sequence[str]) -> list[Row]:
    name, ours = CASES[case].name, rates[case, OURS]
    kept = [KEPT] if CASES[case].uneven else []
    rows = [
        row_of("tasks", name, system, METRIC, UNIT, rates[case, system])
        for system in (BASE, OURS, *kept, *peers)
    ]
    rows.append(row_of("tasks", name, "the compiler", "takes", "s", compiled_s))
    others = [*((one, "itself without stealing") for one in kept), *zip(peers, peers, strict=True)]
    for system, said in ((BASE, "the floor"), *others):
        beside = [one / other for one, other in zip(ours, rates[case, system], strict=True)]
        rows.append(row_of("tasks", name, OURS, f"beside {said}", "times", beside))
    return rows


def _run(seconds: float, progress: Progress, peers: Pythons) -> Outcome:
    beside = " and ".join(["a bare dataflow", *peers])
    progress(f"{len(MEASURED)} graphs, by turns with {beside}, {ROUNDS_MIN} rounds at least")
    return measure(MEASURED, seconds, peers)


TASKS = Benchmark(
    name="tasks",
    summary="graphs of thousands of small tasks on two workers, beside a bare dataflow and others",
    question=(
        "Tasks that only hand on a number: 10,000 after one, and gathered; 100 layers of 100; a "
        "chain of 1,000, and one that goes from node to node; and 200 tasks of which those of one "
        "worker rest for 10 ms, also where the other does not take them over. The rate is from "
        "the start of the round to its end, when all is confirmed. By turns two bare processes do "
        "the same with pyzmq, and the peers that are installed do it their way, from the first "
        "submission to the last value. With all peers a round takes minutes."
    ),
    seconds=60.0,
    run=_run,
    chart="done",
    peers=tuple(MEASURES),
)
