"""SW701: what tasks and swarm say of rates and times, each value by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from swarmdsl.compiler.argument import of_rate, of_swarm, of_task
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Rate, Task
from swarmdsl.dsl.span import span_of_class
from swarmdsl.topology.bounds import LARGEST, is_seconds

_SECONDS = "a number of seconds above 0"
_PER_SECOND = "a number of pushes per second above 0"


def check_capacity_declared(draft: Draft) -> Iterator[Diagnostic]:
    """Every value that cannot be one."""
    for alias in draft.graph:
        task = draft.task(alias)
        for name, value, expected in _wrong(task):
            yield finding(
                "SW701",
                f"{alias} has {name}={shown(value)}, not {expected}",
                at=task.span,
                steps=of_rate(name[5:]) if name.startswith("rate.") else of_task(name),
                hint=f"give {expected}, or leave it out: then nothing is worked out from it",
                path=alias,
            )
    budget: Any = draft.swarm.latency_budget
    if budget is not None and not is_seconds(budget):
        yield finding(
            "SW701",
            f"the swarm has latency_budget={shown(budget)}, not {_SECONDS}",
            at=span_of_class(type(draft.swarm)),
            steps=of_swarm("latency_budget"),
            hint=f"give {_SECONDS}, as in latency_budget = 20.0; None is no budget",
        )


def _wrong(task: Task) -> Iterator[tuple[str, object, str]]:
    yield from _wrong_rate(task.rate)
    if task.service_time is not None and not is_seconds(task.service_time):
        yield "service_time", task.service_time, _SECONDS
    ratio = task.yields_per_input
    if ratio is not None and not _is_ratio(ratio):
        yield "yields_per_input", ratio, "a number from 0"


def _wrong_rate(given: Any) -> Iterator[tuple[str, object, str]]:
    if not isinstance(given, Rate):
        if given is not None and not is_seconds(given):
            yield "rate", given, f"{_PER_SECOND}, or a Rate"
        return
    if not is_seconds(given.per_second):
        yield "rate.per_second", given.per_second, _PER_SECOND
    if type(given.burst) is not int or not 1 <= given.burst <= LARGEST:
        yield "rate.burst", given.burst, "a whole number of pushes from 1"
    if given.lasts is not None and not is_seconds(given.lasts):
        yield "rate.lasts", given.lasts, _SECONDS


def _is_ratio(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= LARGEST and math.isfinite(value)
