"""What does a transport cost: Unix sockets, ZeroMQ's, TCP, and TCP that encrypts?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from tempfile import TemporaryDirectory

from benchmarks.benchmark import Benchmark, Outcome, Progress, Row, row_of
from benchmarks.hop import quantile_us
from benchmarks.push_swarm import StructPush
from benchmarks.transports_peer import GO, SCHEMES, WAIT_S, pair

TRIPS = 2_000
MEASURED_BYTES = 256 * 1024 * 1024
SIZES = {"64 KiB": 65_536, "1 MiB": 1_048_576}  # a full frame of small pushes, and an array
PUSHES = 300_000
ROUNDS_MIN = 5
MIB = 1024 * 1024


def round_trip_us(scheme: str, share: float, count: int = TRIPS) -> float:
    """What that share of 64-byte messages needed at most to a process and back."""
    trips: list[int] = []
    with pair(scheme, 0, 0) as (hub, peer):
        for _ in range(count):
            begun_ns = time.perf_counter_ns()
            hub.send(peer, [bytes(64)])
            while not hub.receive(WAIT_S):
                pass
            trips.append(time.perf_counter_ns() - begun_ns)
    return quantile_us(trips, share)


def rate_mib(size: int, scheme: str, total: int = MEASURED_BYTES) -> float:
    """MiB a second, from when a process is told to begin until the last has come."""
    count = max(1, total // size)
    with pair(scheme, size, count) as (hub, peer):
        begun_s, seen = time.perf_counter(), 0
        hub.send(peer, [GO])
        while seen < count:
            seen += len(hub.receive(WAIT_S))
        took_s = time.perf_counter() - begun_s
    return count * size / MIB / took_s


def swarm_rate(scheme: str, count: int = PUSHES) -> float:
    """Small pushes a second that a handler has handled in a run."""
    environment = {**os.environ, "PUSH_COUNT": str(count)}
    with TemporaryDirectory(prefix="push-") as home:
        run = StructPush().run(home=home, environment=environment, transport=scheme)
        assert run.state.name == "COMPLETED", run.reason
        rate: float = run.results("rate")[0]["value"]
    return rate


Case = tuple[str, str, str]
"""What is sent, what is measured of it, and in what."""

MEASURES: dict[Case, Callable[[str], float]] = {
    ("64 B", "there and back, p50", "us"): lambda scheme: round_trip_us(scheme, 0.5),
    ("64 B", "there and back, p99", "us"): lambda scheme: round_trip_us(scheme, 0.99),
    **{(name, "received", "MiB/s"): partial(rate_mib, size) for name, size in SIZES.items()},
    ("pushes of a swarm", "handled", "1/s"): swarm_rate,
}


def measure(seconds: float, measures: dict[Case, Callable[[str], float]]) -> Outcome:
    """Rounds of all transports, by turns, for at least so long."""
    found: dict[tuple[Case, str], list[float]] = {}
    end_s, rounds = time.monotonic() + seconds, 0
    while rounds < ROUNDS_MIN or time.monotonic() < end_s:
        rounds += 1
        for case, measured in measures.items():
            for scheme in SCHEMES:
                found.setdefault((case, scheme), []).append(measured(scheme))
    rows = [row for case in measures for row in _rows(case, found)]
    ratios = [row for row in rows if row.unit == "times"]
    said = [f"{row.system}, {row.case} {row.metric} {row.median:.2f}" for row in ratios]
    return Outcome(rows=rows, verdict=f"In the middle: {'; '.join(said)}.")


def _rows(case: Case, found: dict[tuple[Case, str], list[float]]) -> list[Row]:
    what, metric, unit = case
    rows = [row_of("transports", what, one, metric, unit, found[case, one]) for one in SCHEMES]
    base, *others = SCHEMES
    for one in others:
        pairs = zip(found[case, one], found[case, base], strict=True)
        beside = [mine / theirs for mine, theirs in pairs]
        rows.append(row_of("transports", what, one, f"{metric}, beside {base}", "times", beside))
    return rows


def _run(seconds: float, progress: Progress, _peers: Mapping[str, str]) -> Outcome:
    progress(f"{', '.join(SCHEMES)}, by turns, for {seconds:g} s and {ROUNDS_MIN} rounds at least")
    return measure(seconds, MEASURES)


TRANSPORTS = Benchmark(
    name="transports",
    summary="Unix sockets beside those of ZeroMQ, TCP, and TCP that encrypts",
    question=(
        "Two processes with an endpoint of ours each: 64 bytes go there and back, one at a time; "
        "then one sends as fast as it can, in messages as large as a full frame of small pushes "
        "and of 1 MiB. Then a swarm whose handler takes typed pushes. By turns over unix, over "
        "ipc, which is the same by ZeroMQ, over TCP in plaintext on the loopback interface, and "
        "over tcp, which encrypts with CURVE."
    ),
    seconds=60.0,
    run=_run,
)
