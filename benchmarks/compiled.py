"""How much faster is swarmdsl when the modules that a frame passes are compiled?"""

from __future__ import annotations

import functools
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks import arrays, latency, push, tasks
from benchmarks.arrays_floor import ring_rate
from benchmarks.benchmark import Benchmark, Outcome, Progress, Row, row_of
from benchmarks.compiled_swarm import BUILT, GRAPH
from benchmarks.latency_floor import bare_trips_ns
from benchmarks.peers import Pythons, said_as_installed
from benchmarks.push_floor import bare_rate
from benchmarks.tasks_cases import CASES as GRAPHS
from benchmarks.tasks_floor import floor_s

PEER = "compiled"
ROUNDS_MIN = 7
AS_IT_IS, COMPILED = "interpreted", "with compiled modules"
MODULE = "benchmarks.compiled_swarm"


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: what it is called, in what unit, and the least that one can do."""

    name: str
    metric: str
    unit: str
    base: str
    floor: Callable[[], float]


def _bare_us() -> float:
    return statistics.median(bare_trips_ns(latency.COUNT)) / 1_000


def _bare_tasks() -> float:
    return len(GRAPHS[GRAPH].graph().vertices) / floor_s(GRAPH)


def _bare_pushes(name: str) -> float:
    return bare_rate(name, push.COUNTS[name], push.BATCH)


def _bare_arrays(size: str) -> float:
    return ring_rate(arrays.COUNTS[size], arrays.SIZES[size])


MEASURED: Mapping[str, Case] = {
    "block": Case("there and back, 64 B", "p50", "us", latency.BASE, _bare_us),
    "spin": Case('there and back, 64 B, wait="spin"', "p50", "us", latency.BASE, _bare_us),
    **{
        name: Case(shown, push.METRIC, push.UNIT, push.BASE, functools.partial(_bare_pushes, name))
        for name, shown in push.NAMES.items()
    },
    **{
        size: Case(
            f"arrays of {size}",
            arrays.METRIC,
            arrays.UNIT,
            arrays.RING,
            functools.partial(_bare_arrays, size),
        )
        for size in ("1 MiB", "8 MiB")
    },
    GRAPH: Case(GRAPHS[GRAPH].name, tasks.METRIC, tasks.UNIT, tasks.BASE, _bare_tasks),
}

Figures = dict[str, list[float]]
"""Of one case: by whose they are, one of each round."""


def measure(
    keys: Sequence[str], seconds: float, python: str, rounds_min: int = ROUNDS_MIN
) -> Outcome:
    """Rounds of the floors and of both, by turns, for at least so long."""
    figures: dict[str, Figures] = {key: {} for key in keys}
    end_s, rounds = time.monotonic() + seconds, 0
    while rounds < rounds_min or time.monotonic() < end_s:
        rounds += 1
        for key, found in figures.items():
            case = MEASURED[key]
            found.setdefault(case.base, []).append(case.floor())
            for name, its in ((AS_IT_IS, sys.executable), (COMPILED, python)):
                found.setdefault(name, []).append(float(said_as_installed(its, MODULE, key)))
    rows = [row for key, found in figures.items() for row in _rows(MEASURED[key], found)]
    ratios = [row for row in rows if row.metric == "beside the floor"]
    said = "; ".join(
        f"{row.case}, {row.system.partition(': ')[2]} {row.median:.2f}" for row in ratios
    )
    return Outcome(rows=rows, verdict=f"Times the floor's, in the middle: {said}.")


def _rows(case: Case, found: Figures) -> list[Row]:
    row = functools.partial(row_of, "compiled", case.name)
    rows = [row(name, case.metric, case.unit, values) for name, values in found.items()]
    for name, base, metric in (
        (AS_IT_IS, case.base, "beside the floor"),
        (COMPILED, case.base, "beside the floor"),
        (COMPILED, AS_IT_IS, "beside interpreted"),
    ):
        beside = [one / other for one, other in zip(found[name], found[base], strict=True)]
        rows.append(row(name, metric, "times", beside))
    return rows


def refuse_unlike(ours: Mapping[str, object], its: Mapping[str, object]) -> None:
    """End, unless they differ in being compiled and in nothing else.

    Raises:
        SystemExit: they are not of the same sources, with the same versions, one compiled.

    >>> refuse_unlike({"compiled": False, "sources": "a"}, {"compiled": True, "sources": "a"})
    >>> refuse_unlike({"compiled": False, "sources": "a"}, {"compiled": True, "sources": "b"})
    Traceback (most recent call last):
    SystemExit: compiled: the two differ in sources; `make compiled` makes it anew
    """
    if (ours["compiled"], its["compiled"]) != (False, True):
        raise SystemExit("compiled: the first must be interpreted, and the second compiled")
    unlike = [name for name in ours if name != "compiled" and ours[name] != its[name]]
    if unlike:
        names = ", ".join(unlike)
        raise SystemExit(f"compiled: the two differ in {names}; `make compiled` makes it anew")


def _built(python: str) -> Mapping[str, object]:
    told: dict[str, object] = json.loads(said_as_installed(python, MODULE, BUILT))
    return told


def _run(seconds: float, progress: Progress, peers: Pythons) -> Outcome:
    if PEER not in peers:
        raise SystemExit(
            "compiled: `make compiled` makes an environment with compiled modules; then say "
            "--peer-python compiled=build/compiled/bin/python"
        )
    refuse_unlike(_built(sys.executable), _built(peers[PEER]))
    progress(f"{len(MEASURED)} cases, by turns, {ROUNDS_MIN} rounds at least: some five minutes")
    return measure([*MEASURED], seconds, peers[PEER])


COMPILED_BENCHMARK = Benchmark(
    name="compiled",
    summary="the same with and without compiled modules, beside the floors",
    question=(
        "A push there and back, small pushes, large arrays, and a graph of 10,000 tasks, each as "
        "in the benchmark of its own: by turns with swarmdsl interpreted, with a wheel whose "
        "modules are compiled, and with the least that one can do."
    ),
    seconds=0.0,
    run=_run,
    peers=(PEER,),
)
