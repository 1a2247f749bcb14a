"""From events to where each instance stands, and what it waits for."""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.control.progress import Phase, Progress, counts, progress_of
from swarmdsl.control.records import EventRow
from tests.handmade import chain

MEMBERS = {0: [0], 1: [0], 2: [0]}
BEGUN = EventRow(at=10.0, kind="RoundStarted", subject="", iteration=3, text="")


def event(at: float, kind: str, subject: str) -> EventRow:
    return EventRow(at=at, kind=kind, subject=subject, iteration=3, text="")


def seen(*of_the_round: EventRow, of_the_run: Sequence[EventRow] = ()) -> Progress:
    return progress_of(chain(), MEMBERS, of_the_run, [BEGUN, *of_the_round])


def phases(progress: Progress) -> dict[str, tuple[Phase, tuple[str, ...]]]:
    return {one.alias: (one.phase, one.waits_for) for one in progress.instances}


def test_before_the_first_round_there_are_only_daemons() -> None:
    connected = [event(1.0, "StateChanged", "r"), event(2.0, "DaemonConnected", "worker@n1#0")]
    progress = progress_of(chain(), {}, connected, [])
    assert (progress.daemons, progress.connected, progress.state_since) == (3, 1, 1.0)
    assert (progress.round, progress.instances) == (None, ())


def test_an_instance_waits_for_the_tasks_above_that_have_not_finished() -> None:
    assert phases(seen(event(11.0, "InstanceStarted", "source@n1#0"))) == {
        "source": (Phase.WORKING, ()),
        "double": (Phase.WAITING, ("source",)),
        "total": (Phase.WAITING, ("double",)),
    }


def test_one_that_was_stolen_works_and_says_where() -> None:
    stolen = EventRow(
        at=11.0, kind="InstanceStolen", subject="source@n1#0", iteration=3, text="worker@n1#1"
    )
    progress = seen(stolen)
    assert phases(progress)["source"] == (Phase.WORKING, ())
    assert [(one.daemon, one.thief) for one in progress.instances][:2] == [
        ("worker@n1#0", "worker@n1#1"),
        ("double@n2#0", ""),
    ]


def test_one_that_has_pushed_waits_for_those_below_and_holds_nobody_up() -> None:
    found = phases(
        seen(
            event(11.0, "InstanceStarted", "source@n1#0"),
            event(12.0, "InstanceFinished", "source@n1#0"),
        )
    )
    assert found["source"] == (Phase.UNCONFIRMED, ("double",))
    assert found["double"] == (Phase.WAITING, ())


def test_each_stands_there_since_its_last_event_or_the_beginning_of_the_round() -> None:
    progress = seen(event(11.0, "InstanceStarted", "source@n1#0"))
    assert [one.since for one in progress.instances] == [11.0, 10.0, 10.0]


def test_what_is_confirmed_is_done_and_a_round_may_be_over() -> None:
    progress = seen(
        event(12.0, "InstanceConfirmed", "source@n1#0"), event(13.0, "RoundFinished", "")
    )
    assert phases(progress)["source"] == (Phase.DONE, ())
    assert (progress.round, progress.round_finished) == (3, True)


def test_instances_of_a_lost_daemon_are_lost_until_it_is_back_and_then_begin_anew() -> None:
    lost = event(12.0, "DaemonLost", "worker@n1#0")
    back = event(13.0, "DaemonConnected", "worker@n1#0")
    started = event(11.0, "InstanceStarted", "source@n1#0")
    [source, *_] = seen(started, lost, of_the_run=[lost]).instances
    assert (source.phase, source.since) == (Phase.LOST, 12.0)
    progress = seen(started, lost, back, of_the_run=[lost, back])
    assert (progress.instances[0].phase, progress.lost) == (Phase.WAITING, 1)


def test_what_was_done_stays_done_when_its_daemon_is_lost() -> None:
    lost = event(12.0, "DaemonLost", "worker@n1#0")
    done = event(11.0, "InstanceConfirmed", "source@n1#0")
    assert seen(done, lost, of_the_run=[lost]).instances[0].phase is Phase.DONE


def test_only_who_takes_part_in_the_round_is_told() -> None:
    progress = progress_of(chain(), {2: [0]}, [], [BEGUN])
    assert phases(progress) == {"total": (Phase.WAITING, ())}


def test_instances_are_counted_by_task() -> None:
    counted = counts(seen(event(11.0, "InstanceStarted", "source@n1#0")).instances)
    assert counted["source"] == {Phase.WORKING: 1}
    assert counted["total"] == {Phase.WAITING: 1}


def test_one_that_the_run_goes_on_without_is_missing_and_holds_nobody_up() -> None:
    missing = event(12.0, "InstanceMissing", "source@n1#0")
    gone = event(12.0, "DaemonGivenUp", "worker@n1#0")
    progress = seen(of_the_run=[gone, missing])
    assert phases(progress)["source"] == (Phase.MISSING, ())
    assert phases(progress)["double"] == (Phase.WAITING, ())
    assert (progress.instances[0].since, progress.missing) == (12.0, {"source@n1#0": 3})


def test_one_that_comes_back_takes_part_as_all_others() -> None:
    missing = event(12.0, "InstanceMissing", "source@n1#0")
    gone = event(12.0, "DaemonGivenUp", "worker@n1#0")
    back = event(13.0, "DaemonConnected", "worker@n1#0")
    joined = event(14.0, "InstanceJoined", "source@n1#0")
    progress = seen(of_the_run=[gone, missing, back, joined])
    assert phases(progress)["source"] == (Phase.WAITING, ())
    assert (progress.missing, progress.connected) == ({}, 1)


def test_daemons_of_a_node_that_may_come_later_are_not_missed() -> None:
    assert "worker@n1#0" in seen().absent
    assert "worker@n1#0" not in seen(of_the_run=[event(11.0, "NodeAwaited", "n1")]).absent


def test_a_stop_that_was_asked_for_has_its_time() -> None:
    assert seen(of_the_run=[event(12.0, "StopRequested", "")]).stop_asked_at == 12.0
    assert seen().stop_asked_at is None
