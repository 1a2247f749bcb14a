"""Why a run ends, put into words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from swarmdsl.control.state import Reason, ReasonKind
from swarmdsl.daemon.reports import LinkRefused, WorkFailed
from swarmdsl.daemon.unreadable_push import BEGINNING
from swarmdsl.topology.expand import node_of
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
    missed: Mapping[str, tuple[int, int]] = MappingProxyType({}),
    forgot: Collection[str] = (),
) -> Reason | None:
    """Why a run is complete after so many rounds; None if another one follows.

    Args:
        limit: the number of rounds that it has, None if that is for its tasks to say.
        done: how many are finished.
        asked: whether somebody asked for another.
        stopped: whether somebody asked for no other.
        missing: the instances that the run does without, each with the first round so.
        missed: those that came back, each with how many rounds it missed, and the last of them.
        forgot: the instances that were started anew without what they had in memory.

    >>> over(3, 3, asked=True, stopped=False).text
    '3 rounds, the limit set by max_iteration'
    >>> over(None, 2, asked=False, stopped=False, missing={"train@n2#0": 1}).text
    '2 rounds finished; without train@n2#0 since round 1'
    >>> over(3, 3, asked=True, stopped=False, missed={"train@n2#0": (1, 1)}).text
    '3 rounds, the limit set by max_iteration; without train@n2#0 in round 1'
    >>> over(None, 1, asked=False, stopped=False, forgot=["holder@n1#0"]).text
    '1 round finished; started anew without their memory: holder@n1#0'
    """
    reason = _over(limit, done, asked=asked, stopped=stopped)
    if reason is None:
        return None
    without = ", ".join(filter(None, (since(missing), until(missed))))
    parts = [reason.text, f"without {without}" if without else ""]
    if forgot:
        shown, more = list(forgot)[:NAMES_SHOWN_MAX], len(forgot) - NAMES_SHOWN_MAX
        names = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
        parts.append(f"started anew without their memory: {names}")
    return replace(reason, text="; ".join(filter(None, parts)))


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


def until(missed: Mapping[str, tuple[int, int]]) -> str:
    """Which instances a run went on without for some rounds, how many, and up to which.

    >>> until({"a@n2#0": (1, 1), "b@n2#0": (1, 1), "a@n3#0": (2, 4)})
    'a@n2#0 and b@n2#0 in round 1, a@n3#0 in 2 rounds up to round 4'
    """
    shown = list(missed.items())[:NAMES_SHOWN_MAX]
    names: dict[tuple[int, int], list[str]] = {}
    for name, times in shown:
        names.setdefault(times, []).append(name)
    parts = [
        f"{' and '.join(of_rounds)} in "
        + (f"round {last}" if count == 1 else f"{count} rounds up to round {last}")
        for (count, last), of_rounds in names.items()
    ]
    more = len(missed) - len(shown)
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


def refused(report: LinkRefused) -> Reason:
    """A daemon takes nothing from another, or not what one of its tasks pushed.

    >>> refused(LinkRefused("worker@n1#0", "worker@n2#0", "it is full")).text
    'daemon worker@n1#0 was refused by worker@n2#0: it is full'
    """
    text = f"daemon {report.peer} was refused by {report.by}: {report.reason}"
    told = report.reason.startswith(BEGINNING)  # it names the tasks, and needs no daemons
    return Reason(kind=ReasonKind.LINK_REFUSED, text=report.reason if told else text)


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


def node_lost(node: str, problem: str) -> Reason:
    """A node was lost, with all that it hosts.

    >>> node_lost("node2", "no word for 10 s").text
    'node node2 was lost (no word for 10 s)'
    """
    text = f"node {node} was lost" + (f" ({problem})" if problem else "")
    return Reason(kind=ReasonKind.DAEMON_LOST, text=text)


def not_come(nodes: Iterable[str]) -> Reason:
    """Nodes that are expected are not there.

    >>> not_come(["node4"]).text
    'expected and not there: node4'
    """
    shown = list(nodes)
    more = len(shown) - NAMES_SHOWN_MAX
    names = ", ".join(shown[:NAMES_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
    return Reason(kind=ReasonKind.START_TIMED_OUT, text=f"expected and not there: {names}")


def missing(daemon: str, gone: Container[str], awaited: Container[str] = ()) -> str:
    """Why the run goes on without an instance of a daemon.

    >>> missing("w@n4#0", {"w@n4#0"}, {"w@n4#0"})
    'its node n4 is not there yet'
    """
    if daemon in awaited:
        return f"its node {node_of(daemon)} is not there yet"
    if daemon in gone:
        return f"its daemon {daemon} is lost for good"
    return "what feeds it, as the other of a pair, is lost for good"


def lost_unseen(daemon: str) -> Reason:
    """Why a daemon is lost whose end nobody saw."""
    text = f"daemon {daemon} was not there any more when the controller came back"
    return Reason(kind=ReasonKind.DAEMON_LOST, text=text)


def start_failed(daemon: str, problem: str) -> Reason:
    """Why a run ends whose daemon its engine could not start."""
    text = f"{daemon} could not be started: {problem}"
    return Reason(kind=ReasonKind.START_FAILED, text=text)


def engine_lost(problem: str) -> Reason:
    """Why a run ends whose engine knows its daemons no longer."""
    return Reason(kind=ReasonKind.ENGINE_LOST, text=f"the engine was lost: {problem}")


def interrupted(number: int, at_work: str, *, killed: bool) -> Reason:
    """Why a run ends that a user wants to end now; in which round, and what worked in it.

    >>> interrupted(2, "train@node1#0", killed=False).text
    'interrupted in round 2, at work on train@node1#0'
    """
    at = f"in round {number}" if number >= 0 else "before the first round"
    how = KILLED if killed else "interrupted"
    text = f"{how} {at}" + (f", at work on {at_work}" if at_work else "")
    return Reason(kind=ReasonKind.INTERRUPTED, text=text)
