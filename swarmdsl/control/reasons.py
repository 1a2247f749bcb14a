"""Why a run ends, put into words. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from swarmdsl.control.state import Reason, ReasonKind
from swarmdsl.daemon.reports import WorkFailed
from swarmdsl.topology.model import Limits, TaskSpec

NAMES_SHOWN_MAX = 8
KILLED = "killed by `swarm kill`"
HOW_TO_END = (
    "a task ends by returning and fails by raising, and limits.restarts counts its attempts"
)


def over(
    limit: int | None,
    done: int,
    *,
    asked: bool,
    stopped: bool,
    missing: Mapping[str, int] = MappingProxyType({}),
) -> Reason | None:
    """Why a run is complete after so many rounds; None if another one follows.

    Args:
        limit: the number of rounds that it has, None if that is for its tasks to say.
        done: how many are finished.
        asked: whether somebody asked for another.
        stopped: whether somebody asked for no other.
        missing: the instances that the run did without, each with the first round so.

    >>> over(3, 3, asked=True, stopped=False).text
    '3 rounds, the limit set by max_iteration'
    >>> over(None, 2, asked=False, stopped=False, missing={"train@n2#0": 1}).text
    '2 rounds finished; without train@n2#0 since round 1'
    """
    reason = _over(limit, done, asked=asked, stopped=stopped)
    if reason is None or not missing:
        return reason
    return replace(reason, text=f"{reason.text}; without {since(missing)}")


def since(missing: Mapping[str, int]) -> str:
    """Which instances a run goes on without, and since when.

    >>> since({"a@n2#0": 1, "b@n2#0": 1, "a@n3#0": 4})
    'a@n2#0 and b@n2#0 since round 1, a@n3#0 since round 4'
    """
    shown = dict(list(missing.items())[:NAMES_SHOWN_MAX])
    names: dict[int, list[str]] = {}
    for name, first in shown.items():
        names.setdefault(first, []).append(name)
    parts = [f"{' and '.join(of_round)} since round {one}" for one, of_round in names.items()]
    more = len(missing) - len(shown)
    return ", ".join([*parts, f"and {more} more"] if more else parts)


def _over(limit: int | None, done: int, *, asked: bool, stopped: bool) -> Reason | None:
    rounds = "1 round" if done == 1 else f"{done} rounds"
    if limit is not None and done >= limit:
        text = f"{rounds}, the limit set by max_iteration"
        return Reason(kind=ReasonKind.MAX_ITERATION, text=text)
    if stopped:
        text = f"a stop was asked for; {rounds} finished"
        return Reason(kind=ReasonKind.STOP_REQUESTED, text=text)
    if limit is None and not asked:
        return Reason(kind=ReasonKind.FINISHED, text=f"{rounds} finished")
    return None


def failed(report: WorkFailed, before: str = "") -> Reason:
    """A task raised, or could not be given its inputs; `before` tells of its earlier attempts.

    >>> report = WorkFailed("ask@n2#0", 0, "OSError", "no answer", "")
    >>> failed(report, "attempt 1 on n1: OSError: no answer").text
    'ask@n2#0 in round 0 raised OSError: no answer; before, attempt 1 on n1: OSError: no answer'
    """
    problem = ": ".join(filter(None, (report.error, report.problem)))
    text = f"{report.instance} in round {report.round} raised {problem}"
    text = f"{text}; {report.at}" if report.at else text
    return Reason(
        kind=ReasonKind.TASK_FAILED,
        text=f"{text}; before, {before}" if before else text,
        details=report.traceback,
    )


def overran(late: Mapping[str, float], number: int, attempts: tuple[int, int], at: str = "") -> str:
    """Why a process was ended, for the time of one of these instances, each with its limit.

    `at` says which push it was at, if that is known.

    >>> overran({"ask@n1#0": 0.5}, 3, (2, 2))
    'ask@n1#0 in round 3 took more than its timeout of 0.5 s and did not let itself be \
interrupted, so its process was ended (attempt 2 of 2); mind an `except` that catches all, and \
calls that do not return, or give the task a larger timeout='
    """
    limits = " or ".join(dict.fromkeys(f"{limit:g} s" for limit in late.values()))
    attempt, of_attempts = attempts
    which = f" (attempt {attempt} of {of_attempts})" if of_attempts > 1 else ""
    which = f"{which}; {at}" if at else which
    return (
        f"{' or '.join(late)} in round {number} took more than its timeout of {limits} and did not "
        f"let itself be interrupted, so its process was ended{which}; mind an `except` that "
        "catches all, and calls that do not return, or give the task a larger timeout="
    )


def start_timed_out(missing: Sequence[str], needed: int, timeout_s: float) -> Reason:
    """Of the daemons that a run needs, these did not come in time.

    >>> start_timed_out(["w@n3#0", "w@n4#0"], 4, 60.0).text
    'needs 4 daemons, 2 here after 60 s (limits.start_timeout_s); no word of w@n3#0, w@n4#0'
    """
    shown = ", ".join(missing[:NAMES_SHOWN_MAX])
    more = len(missing) - NAMES_SHOWN_MAX
    text = (
        f"needs {needed} daemon{'s' if needed > 1 else ''}, {needed - len(missing)} here after "
        f"{timeout_s:g} s "
        f"(limits.start_timeout_s); no word of {shown}" + (f" and {more} more" if more > 0 else "")
    )
    return Reason(kind=ReasonKind.START_TIMED_OUT, text=text)


def lost_for_good(reason: Reason, limits: Limits, *, by_code: bool) -> Reason:
    """A daemon was lost, and has been started anew as often as it may be.

    `by_code` says that the user's code ended it; then the reason has counted the attempts.
    """
    if by_code:
        return replace(reason, text=f"{reason.text}; {HOW_TO_END}")
    if not limits.restarts:
        return reason
    times = "once" if limits.restarts == 1 else f"{limits.restarts} times"
    again = f"it had been started anew {times} within {limits.restart_window_s:g} s"
    return replace(reason, text=f"{reason.text}; {again}")


def needed_for(instances: Sequence[str], number: int) -> str:
    """For what a round needs a daemon; empty if it does not.

    >>> needed_for(["map_1@n1#0"], 3)
    'round 3 still needs it for map_1@n1#0'
    """
    shown = ", ".join(instances[:NAMES_SHOWN_MAX])
    more = len(instances) - NAMES_SHOWN_MAX
    names = f"{shown} and {more} more" if more > 0 else shown
    return f"round {number} still needs it for {names}" if names else ""


def needed(reason: Reason, number: int, tasks: Sequence[TaskSpec]) -> Reason:
    """A round cannot do without a daemon that was given up for this reason."""
    names = ", ".join(task.alias for task in tasks)
    text = f"{reason.text}; round {number} needs it for {names}"
    return replace(reason, text=f"{text}{_how_to_bear_it(tasks)}")


def stranded(reason: Reason, tasks: Sequence[TaskSpec]) -> Reason:
    """A daemon was given up for this reason, and nobody else can do what it had to do."""
    names = " and ".join(task.alias for task in tasks[:NAMES_SHOWN_MAX])
    more = len(tasks) - NAMES_SHOWN_MAX
    names = f"{names} and {more} more" if more > 0 else names
    text = f"{reason.text}; no other node can do the work of {names}"
    return replace(reason, text=f"{text}{_how_to_bear_it(tasks)}")


def _how_to_bear_it(tasks: Sequence[TaskSpec]) -> str:
    """What would have let the run go on without a node."""
    if any(task.fixed for task in tasks):
        return ": fixed=True keeps it where it was"
    if all(task.count > 1 for task in tasks):
        return ': with Task(..., on_node_loss="continue") the run goes on without its share'
    return ": give the run a further node that may do it"


def bereft(reason: Reason, tasks: Iterable[str]) -> Reason:
    """No instance of these tasks is left, since a daemon was given up for this reason."""
    return replace(reason, text=f"{reason.text}; no instance of {' and '.join(tasks)} is left")


def missing(daemon: str, gone: Container[str]) -> str:
    """Why the run goes on without an instance of a daemon."""
    if daemon in gone:
        return f"its daemon {daemon} is lost for good"
    return "what feeds it, as the other of a pair, is lost for good"
