"""What a display knows of a run: a pure fold of its happenings into one small value.

Rendering is somebody else's: `lines` writes plain lines, `live` draws on a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonGivenUp,
    DaemonLost,
    DaemonReplaced,
    Happening,
    InstanceFinished,
    InstanceJoined,
    InstanceMissing,
    InstanceStarted,
    InstanceStolen,
    ResultAdded,
    RoundStarted,
    StateChanged,
    StopRequested,
    Waiting,
)
from swarmdsl.control.state import Reason, RunState

RESULTS_KEPT = 3  # the newest; `swarm results` has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """One task in the round that runs.

    Attributes:
        instances: how many take part.
        started: how many have begun; one that begins again counts once.
        finished: how many of those are done.
        slowest_s: the longest that one of the finished took.
    """

    instances: int
    started: int = 0
    finished: int = 0
    slowest_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as a display shows it.

    Attributes:
        run: its id.
        state: where it stands.
        reason: why it ended.
        connected: how many daemons are ready.
        lost: how many have been lost so far, and started anew.
        missing: how many are not; None while no daemon has said anything.
        left_out: the instances that the run goes on without, each with its first round so.
        stopping: whether a stop was asked for.
        waiting: what it waits for, if that is long.
        round: the number of the round that runs or ran last; None before the first.
        tasks: of that round, by alias.
        results: the newest, oldest first.
        results_in_round: how many that round has added.
    """

    run: str = ""
    state: RunState = RunState.STARTING
    reason: Reason | None = None
    connected: int = 0
    lost: int = 0
    missing: int | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    stopping: bool = False
    waiting: Waiting | None = None
    round: int | None = None
    tasks: Mapping[str, TaskView] = field(default_factory=dict)
    results: tuple[ResultAdded, ...] = ()
    results_in_round: int = 0


def fold(view: RunView, happening: Happening) -> RunView:
    """The view after one more happening; whatever it is ends a wait, unless it tells of one.

    >>> fold(RunView(), RoundStarted(round=0, instances={"mappers": 10})).tasks["mappers"].instances
    10
    """
    if isinstance(happening, Waiting):
        return replace(view, waiting=happening)
    return _moved(view if view.waiting is None else replace(view, waiting=None), happening)


def _moved(view: RunView, happening: Happening) -> RunView:
    match happening:
        case StateChanged(run=run, state=state, reason=reason):
            return replace(view, run=run, state=state, reason=reason)
        case DaemonConnected(missing=missing):
            return replace(view, connected=view.connected + 1, missing=missing)
        case DaemonLost():
            return replace(view, connected=max(0, view.connected - 1), lost=view.lost + 1)
        case DaemonGivenUp() | DaemonReplaced():
            return replace(view, connected=max(0, view.connected - 1))
        case InstanceMissing(instance=instance, round=number):
            return replace(view, left_out={**view.left_out, instance: number})
        case InstanceJoined(instance=instance):
            left_out = {one: number for one, number in view.left_out.items() if one != instance}
            return replace(view, left_out=left_out)
        case StopRequested():
            return replace(view, stopping=True)
        case RoundStarted(round=number, instances=instances):
            tasks = {alias: TaskView(instances=count) for alias, count in instances.items()}
            return replace(view, round=number, tasks=tasks, results_in_round=0)
        case InstanceStarted() | InstanceStolen() | InstanceFinished():
            return _with_instance(view, happening)
        case ResultAdded():
            newest = (*view.results, happening)[-RESULTS_KEPT:]
            return replace(view, results=newest, results_in_round=view.results_in_round + 1)
        case _:
            return view  # the end of a round shows in its tasks


def _with_instance(
    view: RunView, happening: InstanceStarted | InstanceStolen | InstanceFinished
) -> RunView:
    task = view.tasks.get(happening.alias)
    if task is None or happening.round != view.round:
        return view
    if isinstance(happening, InstanceStarted | InstanceStolen):
        task = replace(task, started=min(task.started + 1, task.instances))
    else:
        slowest_s = max(task.slowest_s, happening.seconds)
        finished = min(task.finished + 1, task.instances)
        task = replace(task, finished=finished, slowest_s=slowest_s)
    return replace(view, tasks={**view.tasks, happening.alias: task})
