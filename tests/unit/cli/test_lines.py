from dataclasses import replace
from io import StringIO
from textwrap import dedent

from swarmdsl.cli.lines import LineDisplay
from swarmdsl.cli.streams import Streams
from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonGivenUp,
    DaemonReplaced,
    Happening,
    InstanceFinished,
    InstanceJoined,
    InstanceMissing,
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
from swarmdsl.control.state import Reason, ReasonKind, RunState


def written(*happenings: Happening) -> str:
    streams = Streams(out=StringIO(), err=StringIO())
    display = LineDisplay(streams)
    for one in happenings:
        display(one)
    assert isinstance(streams.err, StringIO)
    return streams.err.getvalue()


def results(count: int, number: int = 0) -> list[Happening]:
    return [
        ResultAdded(tag="t", node="node1", alias="a", round=number, value=value)
        for value in range(count)
    ]


def test_whole_run_in_lines() -> None:
    reason = Reason(kind=ReasonKind.FINISHED, text="1 round finished")
    text = written(
        StateChanged(run="20261121-040600-3f9a", state=RunState.STARTING),
        DaemonConnected(daemon="worker@node1#0", missing=1),
        DaemonConnected(daemon="worker@node1#1", missing=0),
        StateChanged(run="20261121-040600-3f9a", state=RunState.RUNNING),
        RoundStarted(round=0, instances={"mappers": 10, "reducer": 1}),
        InstanceFinished(instance="mappers@node1#0", alias="mappers", round=0, seconds=0.1),
        ResultAdded(tag="accuracy", node="node1", alias="reducer", round=0, value={"top": 0.93}),
        RoundFinished(round=0),
        StateChanged(run="20261121-040600-3f9a", state=RunState.COMPLETED, reason=reason),
    )
    assert text == dedent("""\
        run 20261121-040600-3f9a: starting
        2 daemons connected
        round 0: mappers 10, reducer 1
        result accuracy from reducer on node1: {'top': 0.93}
        round 0 finished
        """)


def test_round_of_many_tasks_is_one_short_line() -> None:
    text = written(RoundStarted(round=3, instances={f"task_{i}": 1 for i in range(500)}))
    assert text.startswith("round 3: task_0 1, task_1 1, ")
    assert text.endswith("task_11 1, and 488 more tasks\n")


def test_flood_of_results_is_cut_in_each_round() -> None:
    began = RoundStarted(round=0, instances={"a": 1})
    text = written(began, *results(1_000), RoundStarted(round=1, instances={"a": 1}), *results(1))
    lines = text.splitlines()
    assert len(lines) == 1 + 20 + 1 + 2
    assert lines[21] == "more results in this round: they are stored, and not shown here"
    assert lines[-1] == "result t from a on node1: 0"


def test_single_daemon_is_no_plural() -> None:
    assert written(DaemonConnected(daemon="w@n#0", missing=0)) == "1 daemon connected\n"


def test_long_value_is_one_short_line() -> None:
    [one] = results(1)
    assert isinstance(one, ResultAdded)
    long = ResultAdded(tag="t", node="n", alias="a", round=0, value=["x" * 500] * 500)
    assert len(written(long)) < 120


def test_a_loss_is_told_with_both_bounds() -> None:
    loss = PushesLost(instance="sensor@node1#0", alias="sensor", round=2, lost=3, unknown=4)
    assert written(loss) == "round 2: 3 to 7 pushes of sensor@node1#0 are lost\n"
    unbounded = replace(loss, unknown=None)
    assert written(unbounded) == "round 2: 3 or more pushes of sensor@node1#0 are lost\n"


def test_what_the_run_goes_on_without_is_told_with_its_daemon() -> None:
    text = written(
        DaemonGivenUp(daemon="worker@node2#0", text="daemon worker@node2#0 was lost"),
        InstanceMissing(instance="train@node2#0", alias="train", round=2, text="it is lost"),
    )
    assert text == dedent("""\
        daemon worker@node2#0 was lost; it is given up
        train@node2#0 is missing from round 2 on: it is lost
        """)


def test_nodes_that_come_are_told_and_who_takes_part_again() -> None:
    text = written(
        NodeAwaited(node="node4"),
        NodeArrived(node="node4"),
        InstanceJoined(instance="train@node4#0", alias="train", round=3),
    )
    assert text == dedent("""\
        node node4 is not there yet; the run begins without it
        node node4 is there; its daemons are started, for the next round
        train@node4#0 is there from round 3 on
        """)


def test_tasks_that_are_placed_anew_are_told_with_their_nodes() -> None:
    assert written(TasksPlaced(moves={"train": ("node1", "node3")})) == (
        "placed anew, from the next round on: train on node1, node3\n"
    )


def test_a_daemon_that_is_replaced_is_told_with_the_cause() -> None:
    replaced = DaemonReplaced(daemon="a@n1#0", text="its image is another now", forgets="Sums")
    assert written(replaced) == (
        "daemon a@n1#0 is replaced, without its memory: Sums has no snapshot(): "
        "its image is another now\n"
    )


def test_a_long_wait_is_told_with_what_it_is_for_and_its_limit() -> None:
    told = Waiting(what="2 of 4 daemons: a, b", seconds=42.0, at_most_s=None)
    assert written(told) == "waiting for 2 of 4 daemons: a, b (42 s)\n"
    limited = replace(told, at_most_s=59.0)
    assert written(limited) == "waiting for 2 of 4 daemons: a, b (42 s, at most 59 s)\n"


def test_a_stop_that_was_asked_for_is_told_when_it_is() -> None:
    assert written(StopRequested(round=3)) == (
        "stopping: asked for; round 3, in progress, is finished first\n"
    )
    assert written(StopRequested(round=None)) == (
        "stopping: asked for; the first round is finished first\n"
    )


def test_a_stranger_at_the_controllers_door_is_told() -> None:
    text = "refused a connection from 10.0.0.9"
    assert written(StrangerRefused(text=text)) == f"the controller {text}\n"


def test_a_controller_that_took_over_names_the_daemons_that_are_not_back_in_time() -> None:
    assert written(RunTakenOver(absent=())) == ""
    assert written(RunTakenOver(absent=tuple(f"d{number}" for number in range(10)))) == (
        "goes on, but these are not back yet: d0, d1, d2, d3, d4, d5, d6, d7 and 2 more\n"
    )
