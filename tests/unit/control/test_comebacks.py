"""What the controller's core makes of what comes late, out of turn, or not at all."""

from __future__ import annotations

from swarmdsl.control.core import ControlCore
from swarmdsl.control.instructions import Note, SendRoster
from swarmdsl.control.journal import AnyRecord, RoundRequested
from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.control.supervision import StartAgain
from swarmdsl.daemon.reports import DaemonLeft, WorkConfirmed
from swarmdsl.topology.model import Limits
from tests.handmade import chain
from tests.unit.control.test_core import DAEMONS, EVERYTHING, TO_RUN, Bench, running

TOTAL = "worker@n2#0"


def records(core: Bench) -> list[AnyRecord]:
    return [one.record for one in core.collect() if isinstance(one, Note)]


def test_a_daemon_that_left_while_the_run_goes_on_is_started_anew() -> None:
    """It heard nothing from us for its lease: we were stopped, or our disk was."""
    core = running(restarts=1)
    core.reported(TOTAL, DaemonLeft({}))
    core.exited(TOTAL, 0, None, 0.0)
    core.tick(1.0)
    assert [one.daemon for one in core.collect() if isinstance(one, StartAgain)] == [TOTAL]


def test_a_daemon_that_left_and_is_not_started_anew_fails_the_run() -> None:
    core = running()
    core.reported(TOTAL, DaemonLeft({}))
    core.exited(TOTAL, 0, None, 0.0)
    assert core.why[:2] == (RunState.FAILED, ReasonKind.DAEMON_LOST)
    assert "daemon worker@n2#0 left by itself" in core.why[2]


def test_who_was_done_and_died_has_lost_its_inputs_though_its_report_came_after_its_end() -> None:
    """The engine told of its death before its last message was read."""
    core = running(restarts=1)
    core.request_round("total", None)
    core.work("source@n1#0", "double@n2#0")
    core.exited(TOTAL, None, 9, 0.0)
    core.reported(TOTAL, WorkConfirmed("total@n2#0", 0))
    core.ended(TO_RUN, 0)
    core.proceed()
    assert core.round == 1
    assert core.rosters[-1] == EVERYTHING


def test_a_successor_that_was_started_before_that_could_be_noted_has_lost_its_inputs() -> None:
    """The controller died between the start and the commit that tells of it."""
    before = running(restarts=1)
    before.request_round("total", None)
    before.finish_round()
    assert before.rosters[-1] == {2: [0]}
    core = ControlCore.recovered(chain(Limits(restarts=1)), "r", records(before))
    core.recall_incarnations({TOTAL: 1})
    core.resume({*DAEMONS.values()}, 0.0)
    sent = [one for one in core.drain() if isinstance(one, SendRoster)]
    assert [dict(one.members) for one in sent[-1:]] == [EVERYTHING]


def test_the_same_request_again_takes_no_room() -> None:
    """A task of a round without end may ask as often as it likes."""
    core = running()
    for _ in range(1_000):
        core.request_round("total", None)
    assert [one for one in records(core) if isinstance(one, RoundRequested)] == [
        RoundRequested((2,), None)
    ]
