"""What a swarm declares of rates and times, as the analysis reads it."""

from __future__ import annotations

from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Rate, Task

TASK_OPTIONS = ("rate", "service_time", "yields_per_input")


def is_declared(draft: Draft) -> bool:
    """Whether anything is declared, so that there is something to work out."""
    if draft.swarm.latency_budget is not None:
        return True
    return any(
        getattr(task, option) is not None for _, task in draft.tasks() for option in TASK_OPTIONS
    )


def rate_of(task: Task) -> Rate | None:
    """The rate of a well declared task, whichever way it was given."""
    if task.rate is None or isinstance(task.rate, Rate):
        return task.rate
    return Rate(task.rate)
