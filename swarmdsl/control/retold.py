"""What daemons report of the work of their instances, as observers are told it. Pure."""

from __future__ import annotations

from swarmdsl.control.happenings import (
    Happening,
    InstanceConfirmed,
    InstanceFinished,
    InstanceRetried,
    InstanceStarted,
    InstanceStolen,
)
from swarmdsl.daemon.reports import (
    WorkConfirmed,
    WorkFinished,
    WorkRetried,
    WorkStarted,
    WorkTaken,
)

Worked = WorkStarted | WorkRetried | WorkFinished | WorkConfirmed


def retold(report: Worked, alias: str) -> Happening:
    """The happening behind a report of an instance of the task of that alias.

    >>> retold(WorkStarted("add@n1#0", 2), "add")
    InstanceStarted(instance='add@n1#0', alias='add', round=2)
    """
    instance, number = report.instance, report.round
    match report:
        case WorkStarted():
            return InstanceStarted(instance=instance, alias=alias, round=number)
        case WorkFinished(seconds=seconds):
            return InstanceFinished(instance=instance, alias=alias, round=number, seconds=seconds)
        case WorkConfirmed():
            return InstanceConfirmed(instance=instance, alias=alias, round=number)
        case WorkRetried(error=error, problem=problem):
            return InstanceRetried(
                instance=instance,
                alias=alias,
                round=number,
                text=f"{error}: {problem}" if problem else error,
                failures=report.failures,
                attempts=report.attempts,
                again_in_s=report.again_in_s,
            )


def stolen(report: WorkTaken, alias: str, by: str) -> InstanceStolen:
    """The happening behind a report of the worker `by`.

    >>> happening = stolen(WorkTaken("add@n1#0", 2, "worker@n1#0"), "add", "worker@n1#1")
    >>> happening.daemon, happening.by
    ('worker@n1#0', 'worker@n1#1')
    """
    return InstanceStolen(
        instance=report.instance,
        alias=alias,
        round=report.round,
        daemon=report.lender,
        by=by,
    )
