"""How often a piece of work is tried, and how long it waits in between."""

from __future__ import annotations

from swarmdsl.daemon.reports import WorkFailed, WorkRetried
from swarmdsl.daemon.trace import message_of, name_of
from swarmdsl.daemon.work import Run, RunResult, Work
from swarmdsl.errors import PushTimedOut, SpillFailed

FIRST_PAUSE_S = 0.1
PAUSE_MAX_S = 5.0


def attempts_of(work: Work) -> int:
    """How often it may be tried: a run as often as its task says, all else once."""
    return 1 + work.hosted.task.retries if isinstance(work, Run | RunResult) else 1


def may_be_repeated(error: BaseException) -> bool:
    """Whether another attempt may help: not where the fault is the run's and not the task's."""
    return not isinstance(error, PushTimedOut | SpillFailed)


def pause_s(failures: int) -> float:
    """How long to wait after so many failures: twice as long each time, up to a bound.

    >>> [pause_s(failures) for failures in (1, 2, 3, 9)]
    [0.1, 0.2, 0.4, 5.0]
    """
    return min(PAUSE_MAX_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 16))


def retried(
    work: Work,
    error: BaseException,
    failures: int,
    attempts: int,
    again_in_s: float,
    *,
    leaves: bool,
) -> WorkRetried:
    """What the controller is told of an attempt that failed, and after which there is another.

    `leaves` says that the work has been dropped here, and is done where the controller says.
    """
    name, number = work.hosted.spec.name, work.round
    error_name, problem = name_of(error), message_of(error)
    return WorkRetried(name, number, failures, attempts, again_in_s, error_name, problem, leaves)


def failed(
    instance: str, round_number: int, error: BaseException, traceback: str, at: str = ""
) -> WorkFailed:
    """What the controller is told of work that is not tried again."""
    return WorkFailed(instance, round_number, name_of(error), message_of(error), traceback, at)
