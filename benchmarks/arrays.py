"""How many bytes a second of large arrays does one task take from another, beside a bare ring?"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from tempfile import TemporaryDirectory
from types import MappingProxyType

from benchmarks.arrays_floor import frames_rate, ring_rate
from benchmarks.arrays_meter import MIB
from benchmarks.arrays_swarm import Arrays
from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, Row, row_of
from benchmarks.drawing import lines
from benchmarks.peers import Pythons, said_by
from swarmdsl import Limits

Rate = Callable[[int, int], float]
"""Gigabytes a second, of so many arrays of so many bytes each."""

ROUNDS_MIN = 5
RING, FRAMES = f"{FLOOR}:shared memory", f"{FLOOR}:pyzmq, copy=False"
OURS, COPIED = "push to handler", "push to handler, without an arena"
METRIC, UNIT = "summed", "GB/s"
SIZES = {"64 KiB": MIB // 16, "1 MiB": MIB, "8 MiB": 8 * MIB}
COUNTS = {"64 KiB": 20_000, "1 MiB": 4_000, "8 MiB": 500}
PEERS = ("zenoh", "ray")
NOBODY: Pythons = MappingProxyType({})
PEER_BYTES_MAX = 512 * MIB
"""Of one round of a peer: they would take much longer than all others."""


def swarm_rate(count: int, size: int, limits: Limits | None = None) -> float:
    """Gigabytes a second, behind the first array."""
    environment = {**os.environ, "ARRAYS_COUNT": str(count), "ARRAYS_SIZE": str(size)}
    with TemporaryDirectory(prefix="arrays-") as home:
        run = Arrays(limits=limits or Limits()).run(home=home, environment=environment)
        assert run.state.name == "COMPLETED", run.reason
        rate: float = run.results("rate")[0]["value"]
    return rate


def copied_rate(count: int, size: int) -> float:
    """Likewise, with each array in its frame."""
    return swarm_rate(count, size, Limits(arena_bytes=0))


def peer_rate(peer: str, python: str, count: int, size: int) -> float:
    """Gigabytes a second of another one, which is given fewer of them."""
    fewer = min(count, PEER_BYTES_MAX // size)
    return float(said_by(python, f"benchmarks.arrays_{peer}", str(fewer), str(size)))


def measure(counts: Mapping[str, int], seconds: float, peers: Pythons = NOBODY) -> Outcome:
    """Rounds of the floors, of pushes and of the peers, by turns, for at least so long."""
    ways: dict[str, Rate] = {RING: ring_rate, FRAMES: frames_rate}
    ways |= {OURS: swarm_rate, COPIED: copied_rate}
    ways |= {peer: functools.partial(peer_rate, peer, python) for peer, python in peers.items()}
    rates: dict[tuple[str, str], list[float]] = {}
    end_s, rounds = time.monotonic() + seconds, 0
    while rounds < ROUNDS_MIN or time.monotonic() < end_s:
        rounds += 1
        for case, count in counts.items():
            for way, rate in ways.items():
                rates.setdefault((case, way), []).append(rate(count, SIZES[case]))
    rows = [row for case in counts for row in _rows(case, [*ways], rates)]
    ratios = [row for row in rows if row.unit == "times"]
    said = "; ".join(f"{row.case}: {row.metric} {row.median:.2f}" for row in ratios)
    return Outcome(
        rows=rows,
        verdict=f"Times the others' rates, in the middle: {said}.",
        drawings={"arrays.svg": drawing(rows, counts)},
    )


def _rows(
    case: str, ways: Sequence[str], rates: Mapping[tuple[str, str], Sequence[float]]
) -> list[Row]:
    rows = [row_of("arrays", case, way, METRIC, UNIT, rates[case, way]) for way in ways]
    for way in ways:
        if way != OURS:
            pairs = zip(rates[case, OURS], rates[case, way], strict=True)
            beside = [one / other for one, other in pairs]
            said = way.removeprefix(f"{FLOOR}:").removeprefix(f"{OURS}, ")
            rows.append(row_of("arrays", case, OURS, f"beside {said}", "times", beside))
    return rows


def drawing(rows: Sequence[Row], cases: Mapping[str, int]) -> str:
    """The rates of all systems over the sizes."""
    series: dict[str, list[float]] = {}
    for row in rows:
        if row.metric == METRIC:
            series.setdefault(row.system.rpartition(":")[2].strip(), []).append(row.median)
    sizes = [SIZES[case] / MIB for case in cases]
    return lines("Arrays that are summed", UNIT, sizes, series, "MiB each")


def _run(seconds: float, progress: Progress, peers: Pythons) -> Outcome:
    beside = " and ".join(["a bare ring", "pyzmq", *peers])
    progress(f"arrays of {', '.join(COUNTS)}, by turns with {beside}, for {seconds:g} s")
    return measure(COUNTS, seconds, peers)


ARRAYS = Benchmark(
    name="arrays",
    summary="large arrays that are read where they lie, beside a bare ring of shared memory",
    question=(
        "One daemon module pushes float32 arrays as fast as it can, and another one sums each of "
        "them, delivered at least once. By turns two bare processes do the same with a ring of "
        "shared memory and with frames of pyzmq that are not copied, a swarm without an arena, and "
        "the peers that are installed do it their way."
    ),
    seconds=60.0,
    run=_run,
    peers=PEERS,
)
