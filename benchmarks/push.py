"""How many small pushes a second does one task take from another, beside bare pyzmq and others?"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from types import MappingProxyType

from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, Row, row_of
from benchmarks.peers import Pythons, said_by
from benchmarks.push_floor import bare_rate
from benchmarks.push_swarm import DictPush, ModelPush, StructPush
from swarmdsl import Limits, Swarm

COUNTS = {"struct": 1_000_000, "dict": 1_000_000, "model": 300_000}
NAMES = {"struct": "msgspec Struct", "dict": "dict", "model": "pydantic model"}
SWARMS: dict[str, type[Swarm]] = {"struct": StructPush, "dict": DictPush, "model": ModelPush}
ROUNDS_MIN = 5
BATCH = Limits().batch_messages
BASE = f"{FLOOR}:pyzmq, {BATCH:,} in a frame"
OURS = "push to handler"
METRIC, UNIT = "handled", "1/s"
PEERS = ("zenoh", "nats", "dora", "ray")
FEWER = {"nats": 10, "dora": 100, "ray": 200}
"""How many times fewer readings the slow ones are given: their rate does not depend on it."""
NOBODY: Pythons = MappingProxyType({})


def swarm_rate(name: str, count: int) -> float:
    """Readings a second, from the first that was handled to the last."""
    environment = {**os.environ, "PUSH_COUNT": str(count)}
    with TemporaryDirectory(prefix="push-") as home:
        run = SWARMS[name]().run(home=home, environment=environment)
        assert run.state.name == "COMPLETED", run.reason
        rate: float = run.results("rate")[0]["value"]
    return rate


def peer_rate(peer: str, python: str, name: str, count: int) -> float:
    """Readings a second of another one, which may be given fewer of them."""
    words = (name, str(count // FEWER.get(peer, 1)))
    return float(said_by(python, f"benchmarks.push_{peer}", *words))


def measure(counts: dict[str, int], seconds: float, peers: Pythons = NOBODY) -> Outcome:
    """Rounds of bare frames, of pushes and of the peers, by turns, for at least so long."""
    rates: dict[tuple[str, str], list[float]] = {}
    end_s, rounds = time.monotonic() + seconds, 0
    while rounds < ROUNDS_MIN or time.monotonic() < end_s:
        rounds += 1
        for name, count in counts.items():
            rates.setdefault((name, BASE), []).append(bare_rate(name, count, BATCH))
            rates.setdefault((name, OURS), []).append(swarm_rate(name, count))
            for peer, python in peers.items():
                rates.setdefault((name, peer), []).append(peer_rate(peer, python, name, count))
    rows = [row for name in counts for row in _rows(name, rates, [*peers])]
    ratios = [row for row in rows if row.unit == "times"]
    said = "; ".join(f"{row.case}: {row.metric} {row.median:.2f}" for row in ratios)
    return Outcome(rows=rows, verdict=f"Times the others' rates, in the middle: {said}.")


def _rows(name: str, rates: dict[tuple[str, str], list[float]], peers: Sequence[str]) -> list[Row]:
    case, ours = NAMES[name], rates[name, OURS]
    rows = [
        row_of("push", case, system, METRIC, UNIT, rates[name, system])
        for system in (BASE, OURS, *peers)
    ]
    for system, said in ((BASE, "the floor"), *((peer, peer) for peer in peers)):
        beside = [one / other for one, other in zip(ours, rates[name, system], strict=True)]
        rows.append(row_of("push", case, OURS, f"beside {said}", "times", beside))
    return rows


def _run(seconds: float, progress: Progress, peers: Pythons) -> Outcome:
    beside = " and ".join(["bare pyzmq", *peers])
    progress(f"{COUNTS['struct']:,} readings at a time, by turns with {beside}, for {seconds:g} s")
    return measure(COUNTS, seconds, peers)


PUSH = Benchmark(
    name="push",
    summary="small typed pushes as fast as they are handled, beside frames of bare pyzmq",
    question=(
        "One daemon module pushes readings as fast as it can, 50 bytes or so each, and another one "
        "handles each of them in Python: as msgspec Structs, as dicts and as pydantic models, "
        "delivered at least once. By turns two bare processes do the same with pyzmq, as many "
        "readings in a frame, and the peers that are installed do it their way."
    ),
    seconds=60.0,
    run=_run,
    chart="handled",
    peers=PEERS,
)
