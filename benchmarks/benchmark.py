"""What a benchmark is, and what it hands back."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.peers import PEERS, Pythons

Progress = Callable[[str], None]
"""Takes a sentence about what is going on, while a benchmark runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured figure: of several runs, or of several samples of one run.

    `system` says whose it is: `swarmdsl`, a peer, or `floor:...` for the least that can be had.
    """

    benchmark: str
    case: str
    system: str
    metric: str
    unit: str
    min: float
    median: float
    max: float
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a benchmark found: its figures, a sentence, and drawings by file name."""

    rows: Sequence[Row]
    verdict: str
    drawings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A benchmark by name.

    Attributes:
        summary: one line, for the list.
        question: what it answers and how, for those who ask for its help.
        seconds: how long it measures unless told otherwise.
        run: measures for so many seconds, beside these peers.
        peers: names of others that it can measure as well, if they are installed.
        chart: the metric that its drawing shows, if its figures are drawn as they are.
    """

    name: str
    summary: str
    question: str
    seconds: float
    run: Callable[[float, Progress, Pythons], Outcome]
    peers: Sequence[str] = ()
    chart: str = ""


FLOOR = "floor"
"""What the least that can be had is called, before a colon and what it is."""


def row_of(
    benchmark: str, case: str, name: str, metric: str, unit: str, values: Sequence[float]
) -> Row:
    """The figure of several runs: of swarmdsl, unless the name is that of the floor."""
    return Row(
        benchmark=benchmark,
        case=case,
        system=name if name.startswith((FLOOR, *PEERS)) else f"swarmdsl: {name}",
        metric=metric,
        unit=unit,
        min=min(values),
        median=statistics.median(values),
        max=max(values),
        runs=len(values),
    )
