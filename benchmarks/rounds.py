"""How long does a federated round take, and what memory, beside bare processes and Flower?"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks import drawing
from benchmarks.benchmark import FLOOR, Benchmark, Outcome, Progress, Row, row_of
from benchmarks.peers import Pythons
from benchmarks.process_tree import watch

CLIENTS = 10
SIZES = (1_000, 1_000_000)  # parameters of the model, of 4 bytes each
ROUNDS = 30  # of one run
WARM = 5  # the first of these, which are not counted
TURNS_MIN = 5
WEIGH_EVERY_S = 0.5
BASE = f"{FLOOR}:pyzmq processes"
OURS = "rounds"
MODULES = {BASE: "rounds_floor", OURS: "rounds_swarm", "flower": "rounds_flower"}
RATE, MEMORY, FIRST = "rounds", "memory (PSS)", "first round after"
QUIET = {"FLWR_TELEMETRY_ENABLED": "0", "RAY_USAGE_STATS_ENABLED": "0"}


@dataclass(slots=True)
class Measured:
    """What the runs of one system gave, with models of one size.

    Attributes:
        rates: rounds a second, of each run.
        memory_mib: the most that all processes of a run had at once.
        first_s: from the start of the program to the end of its first round.
        rounds_ms: how long each round of the last run took, without the first.
    """

    rates: list[float] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)
    first_s: list[float] = field(default_factory=list)
    rounds_ms: list[float] = field(default_factory=list)

    def note(self, began_s: float, memory_mib: float, ended_s: Sequence[float]) -> None:
        """One more run."""
        counted = ended_s[WARM:]
        self.rates.append((len(counted) - 1) / (counted[-1] - counted[0]))
        self.memory_mib.append(memory_mib)
        self.first_s.append(ended_s[0] - began_s)
        self.rounds_ms = [(end - begin) * 1e3 for begin, end in pairwise(ended_s)]


def measure(
    clients: int, sizes: Sequence[int], rounds: int, seconds: float, peers: Pythons
) -> Outcome:
    """Runs of bare processes, of a swarm and of the peers, by turns, for at least so long."""
    pythons = {BASE: sys.executable, OURS: sys.executable, **peers}
    found = {(size, name): Measured() for size in sizes for name in pythons}
    environment, end_s, turns = {**os.environ, **QUIET}, time.monotonic() + seconds, 0
    while turns < TURNS_MIN or time.monotonic() < end_s:
        turns += 1
        for (size, name), measured in found.items():
            numbers = [str(number) for number in (clients, size, rounds)]
            words = [pythons[name], "-m", f"benchmarks.{MODULES[name]}", *numbers]
            watched = watch(words, environment, WEIGH_EVERY_S)
            measured.note(watched.began_s, watched.memory_mib, json.loads(watched.said))
    return _outcome(sizes, found, [*peers])


def _outcome(
    sizes: Sequence[int], found: dict[tuple[int, str], Measured], peers: Sequence[str]
) -> Outcome:
    rows = [row for size in sizes for row in _rows(size, found, peers)]
    said = "; ".join(
        f"{row.case}: {row.metric} {row.median:.2f}" for row in rows if row.unit == "times"
    )
    largest = max(sizes)
    series = {name: one.rounds_ms for (size, name), one in found.items() if size == largest}
    numbers = [float(number) for number in range(2, 2 + len(series[BASE]))]
    title = f"A round with {largest:,} parameters"
    svg = drawing.lines(title, "ms", numbers, series, "round")
    return Outcome(
        rows=rows,
        verdict=f"Times the others' figures, in the middle: {said}.",
        drawings={"rounds.svg": svg},
    )


def _rows(size: int, found: dict[tuple[int, str], Measured], peers: Sequence[str]) -> list[Row]:
    case, ours = f"{size:,} parameters", found[size, OURS]
    rows = []
    for name in (BASE, OURS, *peers):
        one = found[size, name]
        rows += [
            row_of("rounds", case, name, RATE, "1/s", one.rates),
            row_of("rounds", case, name, FIRST, "s", one.first_s),
            row_of("rounds", case, name, MEMORY, "MiB", one.memory_mib),
        ]
    for name, said in ((BASE, "the floor"), *((peer, peer) for peer in peers)):
        other = found[size, name]
        rates = [one / base for one, base in zip(ours.rates, other.rates, strict=True)]
        weighed = zip(ours.memory_mib, other.memory_mib, strict=True)
        shares = [one / base for one, base in weighed if base]  # too short a run is not weighed
        rows.append(row_of("rounds", case, OURS, f"rate beside {said}", "times", rates))
        if shares:
            rows.append(row_of("rounds", case, OURS, f"memory beside {said}", "times", shares))
    return rows


def _run(seconds: float, progress: Progress, peers: Pythons) -> Outcome:
    beside = " and ".join(["bare processes", *peers])
    progress(f"{ROUNDS} rounds of {CLIENTS} clients at a time, by turns with {beside}")
    return measure(CLIENTS, SIZES, ROUNDS, seconds, peers)


ROUNDS_BENCHMARK = Benchmark(
    name="rounds",
    summary="federated rounds of 10 clients, beside bare processes with pyzmq, and Flower",
    question=(
        "A server sends a model to ten clients, each adds one to every parameter and sends it "
        "back, and the server takes the mean: a round. Many are run, with models of 4 kB and of "
        "4 MB. By turns that is done by a swarm, whose clients are tasks on ten nodes and get the "
        "model by a loop; by bare processes with pyzmq; and by the peers that are installed. The "
        "model is checked after each round, and memory is that of all processes together."
    ),
    seconds=60.0,
    run=_run,
    peers=("flower",),
)
