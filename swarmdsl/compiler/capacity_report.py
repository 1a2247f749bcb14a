"""A capacity as a table for people, and as plain values for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from swarmdsl.compiler.capacity import Capacity, Load
from swarmdsl.compiler.figures import duration, per_second, share
from swarmdsl.compiler.latency import seconds_of, slowest_path, stage

HEADS = ("task", "instances", "gets", "service time", "busy", "needs", "waits", "pushes")
NONE = "-"


def table(capacity: Capacity) -> str:
    """One line per task, then the bottleneck and the slowest path.

    >>> print(table(Capacity(loads={}, channels={})))
    task  instances  gets  service time  busy  needs  waits  pushes
    """
    rows = [HEADS, *(_row(load) for load in capacity.loads.values())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([*lines, *_conclusions(capacity)])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, *figures = (
        text.rjust(width) if column else text.ljust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([name, *figures]).rstrip()


def _row(load: Load) -> tuple[str, ...]:
    known = load.service_time is not None and load.total > 0
    return (
        load.alias,
        f"{load.instances:,}",
        per_second(load.total) if load.total else NONE,
        duration(load.service_time) if load.service_time is not None else NONE,
        share(load.utilisation or 0.0) if known else NONE,
        _needs(load) if known else NONE,
        duration(stage(load).wait) if known else NONE,
        per_second(load.pushed.per_second * load.instances) if load.pushed.per_second else NONE,
    )


def _needs(load: Load) -> str:
    return "no number" if load.needed is None else f"{load.needed:,}"


def _conclusions(capacity: Capacity) -> Iterator[str]:
    bottleneck = capacity.bottleneck
    if bottleneck is not None:
        yield f"bottleneck: {bottleneck.alias}, {share(bottleneck.utilisation or 0.0)} busy"
    path = slowest_path(capacity)
    if path:
        names = " -> ".join(one.alias for one in path)
        yield f"slowest path: {names}, {duration(seconds_of(path))}"


def document(capacity: Capacity) -> dict[str, object]:
    """The same as values that JSON can say: seconds, pushes per second; None for what is unknown.

    >>> document(Capacity(loads={}, channels={}))
    {'tasks': [], 'bottleneck': None, 'slowest_path': [], 'latency_s': None}
    """
    path = slowest_path(capacity)
    bottleneck = capacity.bottleneck
    return {
        "tasks": [_values(load) for load in capacity.loads.values()],
        "bottleneck": None if bottleneck is None else bottleneck.alias,
        "slowest_path": [one.alias for one in path],
        "latency_s": _finite(seconds_of(path)) if path else None,
    }


def _values(load: Load) -> dict[str, object]:
    known = load.service_time is not None and load.total > 0
    return {
        "task": load.alias,
        "instances": load.instances,
        "arrival_per_s": load.total,
        "service_time_s": load.service_time,
        "utilisation": load.utilisation,
        "needed": load.needed if known else None,
        "wait_s": _finite(stage(load).wait) if known else None,
        "pushes_per_s": load.pushed.per_second * load.instances,
    }


def _finite(seconds: float) -> float | None:
    """Seconds; None for a wait without end, which JSON cannot say."""
    return None if math.isinf(seconds) else seconds
