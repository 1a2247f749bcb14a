"""A run as plain lines, for a log or a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from swarmdsl.cli.streams import Streams
from swarmdsl.cli.values import one_line
from swarmdsl.cli.view import RunView, fold
from swarmdsl.cli.waits import waiting_text
from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonGivenUp,
    DaemonLost,
    DaemonReplaced,
    Happening,
    InstanceJoined,
    InstanceMissing,
    InstanceRetried,
    NodeArrived,
    NodeAwaited,
    PushesLost,
    ResultAdded,
    RoundFinished,
    RoundStarted,
    RunTakenOver,
    StateChanged,
    StopRequested,
    StrangerRefused,
    TasksPlaced,
    Waiting,
)
from swarmdsl.control.state import RunState

DAEMONS_SHOWN_MAX = 8  # in one line
TASKS_SHOWN_MAX = 12  # in the line of a round
RESULTS_SHOWN_MAX = 20  # lines per round: a log must stay readable


class LineDisplay:
    """An observer that writes a line for what a reader of a log wants to know."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._view = RunView()

    def __call__(self, happening: Happening) -> None:
        """Take in what happened, and write what there is to say about it."""
        self._view = fold(self._view, happening)
        for line in lines_of(self._view, happening):
            self._streams.say(line)


def lines_of(view: RunView, happening: Happening) -> Iterator[str]:
    """What to write about a happening, given the view that has it in already.

    >>> list(lines_of(RunView(), RoundStarted(round=0, instances={"mappers": 10, "reducer": 1})))
    ['round 0: mappers 10, reducer 1']
    """
    match happening:
        case StateChanged(run=run, state=RunState.STARTING):
            yield f"run {run}: starting"
        case DaemonLost(text=text):
            yield f"{text}; it is {happening.then}"
        case DaemonReplaced(daemon=daemon, text=text):
            yield f"daemon {daemon} is {happening.then}: {text}"
        case DaemonGivenUp(text=text):
            yield f"{text}; it is given up"
        case InstanceMissing(instance=instance, round=number, text=text):
            yield f"{instance} is missing from round {number} on: {text}"
        case InstanceJoined(instance=instance, round=number):
            yield f"{instance} is there from round {number} on"
        case NodeAwaited(node=node):
            yield f"node {node} is not there yet; the run begins without it"
        case NodeArrived(node=node):
            yield f"node {node} is there; its daemons are started, for the next round"
        case TasksPlaced(text=text):
            yield f"placed anew, from the next round on: {text}"
        case DaemonConnected(daemon=daemon) if view.state is RunState.RUNNING:
            yield f"daemon {daemon} is back"
        case DaemonConnected(missing=0):
            plural = "s" if view.connected != 1 else ""
            yield f"{view.connected} daemon{plural} connected"
        case Waiting():
            yield waiting_text(happening)
        case RoundStarted(round=number, instances=instances):
            yield f"round {number}: {_counts(instances)}"
        case RunTakenOver(absent=absent) if absent:
            yield f"goes on, but these are not back yet: {_named(absent)}"
        case StrangerRefused(text=text):
            yield f"the controller {text}"
        case StopRequested():
            yield stopping_text(happening.round)
        case PushesLost(instance=instance, round=number, lost=lost, unknown=unknown):
            bounds = f"{lost} or more" if unknown is None else f"{lost} to {lost + unknown}"
            yield f"round {number}: {bounds} pushes of {instance} are lost"
        case InstanceRetried(instance=instance, text=text, again_in_s=pause_s):
            attempt = f"attempt {happening.failures} of {happening.attempts}"
            where = f" on {happening.node}" if happening.node else ""
            yield f"{instance} failed ({attempt}): {text}; again{where} in {pause_s:g} s"
        case RoundFinished(round=number):
            yield f"round {number} finished"
        case ResultAdded() if view.results_in_round <= RESULTS_SHOWN_MAX:
            yield f"result {result_text(happening)}"
        case ResultAdded() if view.results_in_round == RESULTS_SHOWN_MAX + 1:
            yield "more results in this round: they are stored, and not shown here"
        case _:
            return


def result_text(result: ResultAdded) -> str:
    """A result in one line.

    >>> result_text(ResultAdded(tag="accuracy", node="node1", alias="test", round=2, value=0.93))
    'accuracy from test on node1: 0.93'
    """
    return f"{result.tag} from {result.alias} on {result.node}: {one_line(result.value)}"


def stopping_text(number: int | None) -> str:
    """That a stop was asked for, and what comes before it.

    >>> stopping_text(3)
    'stopping: asked for; round 3, in progress, is finished first'
    """
    if number is None:
        return "stopping: asked for; the first round is finished first"
    return f"stopping: asked for; round {number}, in progress, is finished first"


def _named(daemons: Sequence[str]) -> str:
    more = len(daemons) - DAEMONS_SHOWN_MAX
    shown = ", ".join(daemons[:DAEMONS_SHOWN_MAX])
    return f"{shown} and {more} more" if more > 0 else shown


def _counts(instances: Mapping[str, int]) -> str:
    shown = [f"{alias} {count}" for alias, count in list(instances.items())[:TASKS_SHOWN_MAX]]
    more = len(instances) - len(shown)
    return ", ".join([*shown, f"and {more} more tasks"] if more else shown)
