from functools import reduce

from swarmdsl.cli.view import RunView, TaskView, fold
from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonGivenUp,
    DaemonReplaced,
    Happening,
    InstanceFinished,
    InstanceJoined,
    InstanceMissing,
    InstanceStarted,
    InstanceStolen,
    ResultAdded,
    RoundFinished,
    RoundStarted,
    StateChanged,
    StopRequested,
    Waiting,
)
from swarmdsl.control.state import Reason, ReasonKind, RunState


def seen(*happenings: Happening) -> RunView:
    return reduce(fold, happenings, RunView())


def started(alias: str, number: int = 0) -> InstanceStarted:
    return InstanceStarted(instance=f"{alias}@node1#0", alias=alias, round=number)


def finished(alias: str, seconds: float, number: int = 0) -> InstanceFinished:
    return InstanceFinished(instance=f"{alias}@node1#0", alias=alias, round=number, seconds=seconds)


def result(value: object, number: int = 0) -> ResultAdded:
    return ResultAdded(tag="accuracy", node="node1", alias="test", round=number, value=value)


ROUND = RoundStarted(round=0, instances={"mappers": 10, "reducer": 1})


def test_nothing_is_known_at_first() -> None:
    view = seen()
    assert (view.missing, view.round, view.tasks) == (None, None, {})


def test_daemons_are_counted_as_they_connect() -> None:
    view = seen(*(DaemonConnected(daemon=f"w@n#{i}", missing=4 - i) for i in range(3)))
    assert (view.connected, view.missing) == (3, 2)


def test_task_counts_its_instances_and_keeps_the_slowest() -> None:
    view = seen(
        ROUND,
        started("mappers"),
        started("mappers"),
        started("mappers"),
        finished("mappers", 0.5),
        finished("mappers", 0.25),
    )
    assert view.tasks["mappers"] == TaskView(instances=10, started=3, finished=2, slowest_s=0.5)
    assert view.tasks["reducer"] == TaskView(instances=1)


def test_next_round_begins_anew() -> None:
    view = seen(ROUND, finished("mappers", 1.0), result(1), RoundFinished(round=0))
    view = fold(view, RoundStarted(round=1, instances={"mappers": 2}))
    assert view.round == 1
    assert view.tasks == {"mappers": TaskView(instances=2)}
    assert (len(view.results), view.results_in_round) == (1, 0)


def test_news_of_an_earlier_round_changes_nothing() -> None:
    view = seen(ROUND, RoundStarted(round=1, instances={"mappers": 2}))
    assert fold(view, finished("mappers", 1.0, number=0)) == view


def test_only_the_newest_results_are_kept() -> None:
    view = seen(ROUND, *(result(value) for value in range(5)))
    assert [one.value for one in view.results] == [2, 3, 4]
    assert view.results_in_round == 5


def test_end_has_its_reason() -> None:
    reason = Reason(kind=ReasonKind.FINISHED, text="1 round finished")
    view = seen(StateChanged(run="r1", state=RunState.COMPLETED, reason=reason))
    assert (view.run, view.state, view.reason) == ("r1", RunState.COMPLETED, reason)


def test_view_is_a_value() -> None:
    before = seen(ROUND)
    fold(before, finished("mappers", 1.0))
    assert before == seen(ROUND)


def test_what_the_run_goes_on_without_is_remembered_with_its_first_round() -> None:
    view = seen(
        DaemonConnected(daemon="worker@node2#0", missing=0),
        DaemonGivenUp(daemon="worker@node2#0", text="daemon worker@node2#0 was lost"),
        InstanceMissing(instance="train@node2#0", alias="train", round=2, text="it is lost"),
    )
    assert (view.connected, view.left_out) == (0, {"train@node2#0": 2})


def test_what_comes_back_is_no_more_of_what_it_goes_on_without() -> None:
    view = seen(
        InstanceMissing(instance="train@node2#0", alias="train", round=2, text="it is lost"),
        InstanceMissing(instance="train@node3#0", alias="train", round=2, text="it is lost"),
        InstanceJoined(instance="train@node2#0", alias="train", round=4),
    )
    assert view.left_out == {"train@node3#0": 2}


def test_one_that_is_replaced_is_away_until_it_connects_and_was_not_lost() -> None:
    here = DaemonConnected(daemon="a@n1#0", missing=0)
    away = DaemonReplaced(daemon="a@n1#0", text="its image is another now")
    assert (seen(here, away).connected, seen(here, away).lost) == (0, 0)
    assert seen(here, away, here).connected == 1


def test_a_wait_lasts_until_something_else_happens() -> None:
    told = Waiting(what="a@node1#0", seconds=10.0, at_most_s=None, at_work=True)
    assert seen(told).waiting == told
    assert seen(told, started("mappers")).waiting is None


def test_a_stop_that_was_asked_for_is_remembered() -> None:
    assert seen(ROUND, StopRequested(round=0), started("mappers")).stopping


def test_an_instance_that_is_stolen_has_started() -> None:
    stolen = InstanceStolen(
        instance="mappers@node1#0",
        alias="mappers",
        round=0,
        daemon="worker@node1#0",
        by="worker@node1#1",
    )
    assert seen(ROUND, stolen).tasks["mappers"] == TaskView(instances=10, started=1)
