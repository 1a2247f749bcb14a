"""Every happening can be kept as a row."""

from __future__ import annotations

import typing

import pytest

from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonGivenUp,
    DaemonLost,
    DaemonReplaced,
    Happening,
    InstanceConfirmed,
    InstanceFinished,
    InstanceJoined,
    InstanceMissing,
    InstanceRetried,
    InstanceStarted,
    InstanceStolen,
    IrregularitiesCounted,
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
from swarmdsl.control.history import row_of
from swarmdsl.control.state import Reason, ReasonKind, RunState

LOST = Reason(kind=ReasonKind.DAEMON_LOST, text="daemon d was lost", details="not in the row")
ROWS: list[tuple[Happening, tuple[str, int | None, str]]] = [
    (StateChanged(run="r", state=RunState.RUNNING), ("r", None, "RUNNING")),
    (
        StateChanged(run="r", state=RunState.FAILED, reason=LOST),
        ("r", None, "FAILED: daemon d was lost"),
    ),
    (DaemonConnected(daemon="d", missing=2), ("d", None, "2 missing")),
    (Waiting(what="a@n#0", seconds=10.02, at_most_s=60.0), ("", None, "for a@n#0: 10 s")),
    (
        DaemonLost(daemon="d", text="daemon d was lost", again_in_s=0.2),
        ("d", None, "daemon d was lost; started anew in 0.2 s"),
    ),
    (DaemonGivenUp(daemon="d", text="daemon d was lost"), ("d", None, "daemon d was lost")),
    (
        DaemonReplaced(daemon="d", text="its image is another now"),
        ("d", None, "its image is another now; replaced"),
    ),
    (
        InstanceMissing(instance="a@n#0", alias="a", round=1, text="it is lost"),
        ("a@n#0", 1, "it is lost"),
    ),
    (InstanceJoined(instance="a@n#0", alias="a", round=3), ("a@n#0", 3, "")),
    (NodeAwaited(node="n"), ("n", None, "")),
    (NodeArrived(node="n"), ("n", None, "")),
    (TasksPlaced(moves={"a": ("n", "m")}), ("", None, "a on n, m")),
    (TasksPlaced(moves={}), ("", None, "no task")),
    (
        PushesLost(instance="a@n#0", alias="a", round=1, lost=2, unknown=5),
        ("a@n#0", 1, "lost 2, unknown 5"),
    ),
    (RoundStarted(round=1, instances={"a": 2, "b": 1}), ("", 1, "a 2, b 1")),
    (InstanceStarted(instance="a@n#0", alias="a", round=1), ("a@n#0", 1, "")),
    (
        InstanceStolen(instance="a@n#0", alias="a", round=1, daemon="d", by="e"),
        ("a@n#0", 1, "e"),
    ),
    (
        InstanceRetried(
            instance="a@n#0",
            alias="a",
            round=1,
            text="OSError: no",
            failures=1,
            attempts=2,
            again_in_s=0.1,
        ),
        ("a@n#0", 1, "failure 1: OSError: no"),
    ),
    (
        InstanceFinished(instance="a@n#0", alias="a", round=1, seconds=0.25),
        ("a@n#0", 1, "0.250000 s"),
    ),
    (InstanceConfirmed(instance="a@n#0", alias="a", round=1), ("a@n#0", 1, "")),
    (ResultAdded(tag="loss", node="n", alias="a", round=1, value=0.5), ("loss on n", 1, "")),
    (RoundFinished(round=1), ("", 1, "")),
    (IrregularitiesCounted(daemon="d", counts={"gaps": 2}), ("d", None, "gaps 2")),
    (
        IrregularitiesCounted(
            daemon="d", counts={"gaps": 2}, links={"a -> b": {"spilled": 3, "spilled_bytes": 9}}
        ),
        ("d", None, "gaps 2; a -> b: spilled 3, spilled_bytes 9"),
    ),
    (
        Waiting(what="a", seconds=10.0, at_most_s=None, at_work=True, so_far="2 results"),
        ("", None, "at work a: 10 s; 2 results"),
    ),
    (StopRequested(round=3), ("", 3, "")),
    (StrangerRefused(text="refused it"), ("", None, "refused it")),
    (RunTakenOver(absent=()), ("", None, "")),
    (RunTakenOver(absent=("d", "e")), ("", None, "without d, e")),
]


@pytest.mark.parametrize(("happening", "row"), ROWS, ids=lambda one: type(one).__name__)
def test_a_happening_is_told_as_a_row(
    happening: Happening, row: tuple[str, int | None, str]
) -> None:
    assert row_of(happening) == (type(happening).__name__, *row)


def test_no_happening_is_forgotten_here() -> None:
    assert {type(one) for one, _ in ROWS} == set(typing.get_args(Happening))
