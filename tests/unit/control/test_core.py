"""How a run goes from state to state, and the reason it gives for its end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonLost,
    InstanceStarted,
    RoundFinished,
    RoundStarted,
    StateChanged,
)
from swarmdsl.control.instructions import EndRun, Instruction, SendRoster, Tell
from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.control.supervision import StartAgain
from swarmdsl.daemon.reports import (
    DaemonLeft,
    WorkConfirmed,
    WorkFailed,
    WorkFinished,
    WorkStarted,
)
from swarmdsl.errors import CallFailed
from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import ChannelKey
from tests.handmade import chain

DAEMONS = {"source@n1#0": "worker@n1#0", "double@n2#0": "double@n2#0", "total@n2#0": "worker@n2#0"}
TO_RUN = ChannelKey(2, 0, 0)
EVERYTHING = {0: [0], 1: [0], 2: [0]}


class Bench(ControlCore):
    """A core and all the instructions it has given."""

    def __init__(self, max_iteration: int | None = None, restarts: int = 0) -> None:
        super().__init__(chain(Limits(restarts=restarts), max_iteration), "r")
        self.given: list[Instruction] = []

    def collect(self) -> list[Instruction]:
        self.given += self.drain()
        return self.given

    def start(self) -> Bench:
        for daemon in DAEMONS.values():
            self.connected(daemon)
        return self

    def work(self, *instances: str) -> None:
        """These instances do their work of the round, and it is confirmed."""
        for name in instances:
            self.reported(DAEMONS[name], WorkStarted(name, self.round))
            self.reported(DAEMONS[name], WorkFinished(name, self.round, 0.1, 1))
            self.reported(DAEMONS[name], WorkConfirmed(name, self.round))

    def finish_round(self) -> Bench:
        self.work(*DAEMONS)
        self.ended(TO_RUN, self.round)
        self.proceed()
        return self

    @property
    def rosters(self) -> list[dict[int, list[int]]]:
        return [dict(one.members) for one in self.collect() if isinstance(one, SendRoster)]

    @property
    def why(self) -> tuple[RunState, ReasonKind, str]:
        assert self.reason is not None
        return self.state, self.reason.kind, self.reason.text


def running(max_iteration: int | None = None, restarts: int = 0) -> Bench:
    return Bench(max_iteration, restarts).start()


def test_the_first_round_begins_when_the_last_daemon_has_connected() -> None:
    core = Bench()
    core.connected("worker@n1#0")
    core.connected("double@n2#0")
    assert (core.state, core.rosters) == (RunState.STARTING, [])
    core.connected("worker@n2#0")
    assert (core.state, core.round, core.rosters) == (RunState.RUNNING, 0, [EVERYTHING])


def test_observers_are_told_in_order() -> None:
    core = running()
    core.work("source@n1#0")
    told = [one.happening for one in core.collect() if isinstance(one, Tell)]
    assert told[0] == StateChanged(run="r", state=RunState.STARTING)
    assert [one.missing for one in told if isinstance(one, DaemonConnected)] == [2, 1, 0]
    assert told[4:7] == [
        StateChanged(run="r", state=RunState.RUNNING),
        RoundStarted(round=0, instances={"source": 1, "double": 1, "total": 1}),
        InstanceStarted(instance="source@n1#0", alias="source", round=0),
    ]


def test_a_daemon_that_connects_again_is_told_of_its_round_once_more() -> None:
    core = running()
    core.connected("double@n2#0")
    assert (core.round, core.rosters) == (0, [EVERYTHING, EVERYTHING])


@pytest.mark.parametrize("last", ["end", "work"])
def test_a_round_is_over_when_all_is_confirmed_and_the_run_has_its_values(last: str) -> None:
    core = running()
    steps: list[Callable[[], None]] = [
        lambda: core.work(*DAEMONS),
        lambda: core.ended(TO_RUN, 0),
    ]
    first, second = steps if last == "end" else steps[::-1]
    first()
    assert not core.between_rounds
    second()
    assert core.between_rounds


def test_a_run_without_requests_has_one_round() -> None:
    core = running().finish_round()
    assert core.why == (RunState.COMPLETED, ReasonKind.FINISHED, "1 round finished")
    finished = core.reason
    assert finished is not None
    assert core.collect()[-3:] == [
        Tell(happening=RoundFinished(round=0)),
        Tell(happening=StateChanged(run="r", state=RunState.COMPLETED, reason=finished)),
        EndRun(state=RunState.COMPLETED, reason=finished),
    ]


def test_the_end_of_another_round_does_not_end_this_one() -> None:
    core = running(2).finish_round()
    core.work(*DAEMONS)
    core.ended(TO_RUN, 0)
    assert not core.between_rounds


def test_max_iteration_repeats_and_then_completes_with_that_reason() -> None:
    core = running(2).finish_round()
    assert (core.state, core.round) == (RunState.RUNNING, 1)
    core.finish_round()
    text = "2 rounds, the limit set by max_iteration"
    assert core.why == (RunState.COMPLETED, ReasonKind.MAX_ITERATION, text)


def test_a_request_brings_another_round_and_is_then_used_up() -> None:
    core = running()
    core.request_round("total", None)
    core.finish_round()
    assert core.rosters == [EVERYTHING, {2: [0]}]
    core.work("total@n2#0")
    core.ended(TO_RUN, 1)
    core.proceed()
    assert core.why == (RunState.COMPLETED, ReasonKind.FINISHED, "2 rounds finished")


def test_requests_of_a_round_unite() -> None:
    core = running()
    core.request_round("total", None)
    core.request_round("source", ["n1"])
    core.finish_round()
    assert core.rosters[1] == EVERYTHING


def test_requests_narrow_the_next_round_of_a_limited_run_only() -> None:
    core = running(3)
    core.request_round("total", None)
    core.finish_round()
    core.work("total@n2#0")
    core.ended(TO_RUN, 1)
    core.proceed()
    assert core.rosters == [EVERYTHING, {2: [0]}, EVERYTHING]


@pytest.mark.parametrize("limit", [None, 5])
def test_stop_beats_requests(limit: int | None) -> None:
    core = running(limit)
    core.request_round(None, None)
    core.request_stop()
    core.finish_round()
    text = "a stop was asked for; 1 round finished"
    assert core.why == (RunState.COMPLETED, ReasonKind.STOP_REQUESTED, text)


def test_max_iteration_beats_stop_and_requests() -> None:
    core = running(1)
    core.request_round(None, None)
    core.request_stop()
    assert core.finish_round().why[1] is ReasonKind.MAX_ITERATION


def test_a_wrong_request_is_refused_and_forgotten() -> None:
    core = running()
    with pytest.raises(CallFailed, match="no task or module is named 'nobody'"):
        core.request_round("nobody", None)
    assert core.finish_round().state is RunState.COMPLETED


def test_a_task_that_raises_fails_the_run_with_its_traceback() -> None:
    core = running()
    failed = WorkFailed("double@n2#0", 0, "ValueError", "no luck", "Traceback ...")
    core.reported("double@n2#0", failed)
    text = "double@n2#0 in round 0 raised ValueError: no luck"
    assert core.why == (RunState.FAILED, ReasonKind.TASK_FAILED, text)
    assert core.reason is not None
    assert core.reason.details == "Traceback ..."


def test_a_lost_daemon_that_is_not_started_anew_fails_the_run_with_what_is_lost() -> None:
    core = running()
    core.reported("worker@n1#0", WorkStarted("source@n1#0", 0))
    core.exited("worker@n1#0", None, 9, 0.0, "Killed")
    assert core.why == (
        RunState.FAILED,
        ReasonKind.DAEMON_LOST,
        (
            "daemon worker@n1#0 was lost (SIGKILL) while at work on source@n1#0 in round 0; "
            "no other node can do the work of source: give the run a further node that may do it"
        ),
    )


def test_a_daemon_lost_between_rounds_is_lost_too() -> None:
    core = running(2)
    core.work(*DAEMONS)
    core.ended(TO_RUN, 0)
    core.exited("double@n2#0", 1, None, 0.0)
    core.proceed()
    assert core.why[:2] == (RunState.FAILED, ReasonKind.DAEMON_LOST)
    assert len(core.rosters) == 1


# ------------------------------------------------------------------ daemons that are started anew


def started_anew(core: Bench, daemon: str, now_s: float = 0.0) -> Bench:
    """A daemon is killed, and its successor connects."""
    core.exited(daemon, None, 9, now_s)
    core.tick(now_s + 10.0)
    core.connected(daemon)
    return core


def last_roster(core: Bench) -> SendRoster:
    return [one for one in core.collect() if isinstance(one, SendRoster)][-1]


def test_a_lost_daemon_is_told_of_and_started_anew_in_its_time() -> None:
    core = running(restarts=1)
    core.exited("double@n2#0", None, 9, now_s=5.0)
    assert core.state is RunState.RUNNING
    (told,) = (
        one.happening
        for one in core.collect()
        if isinstance(one, Tell) and isinstance(one.happening, DaemonLost)
    )
    assert (told.daemon, told.again_in_s) == ("double@n2#0", 0.1)
    assert "was lost (SIGKILL) while waiting for its inputs" in told.text
    assert core.tick(5.0) == 5.1
    core.tick(5.1)
    again = [one for one in core.collect() if isinstance(one, StartAgain)]
    assert [(one.daemon, one.incarnation) for one in again] == [("double@n2#0", 1)]


def test_a_daemon_that_was_started_anew_gets_the_roster_and_what_it_is_done_with() -> None:
    core = running(restarts=1)
    core.work("source@n1#0")
    roster = last_roster(started_anew(core, "worker@n1#0"))
    assert (roster.daemon, roster.round, roster.revision) == ("worker@n1#0", 0, 0)
    assert (roster.members, roster.done) == (EVERYTHING, {(0, 0)})


def test_what_a_lost_daemon_had_not_finished_is_still_waited_for() -> None:
    core = running(restarts=1)
    core.work("source@n1#0", "double@n2#0")
    started_anew(core, "worker@n2#0")
    core.ended(TO_RUN, 0)
    assert not core.between_rounds
    core.work("total@n2#0")
    assert core.between_rounds


def test_a_round_is_over_though_a_daemon_that_was_done_with_it_has_not_come_back() -> None:
    core = running(restarts=1)
    core.work(*DAEMONS)
    core.exited("worker@n1#0", None, 9, 0.0)
    core.ended(TO_RUN, 0)
    core.proceed()
    assert core.state is RunState.COMPLETED


def test_a_daemon_lost_before_the_first_round_is_waited_for() -> None:
    core = Bench(restarts=1)
    core.exited("worker@n1#0", None, 9, 0.0)
    core.connected("double@n2#0")
    core.connected("worker@n2#0")
    assert (core.state, core.round) == (RunState.STARTING, -1)
    core.tick(1.0)
    core.connected("worker@n1#0")
    assert core.round == 0


def test_a_daemon_that_ends_by_itself_while_it_starts_is_not_started_anew() -> None:
    """Its code cannot be loaded: the next process could not either."""
    core = Bench(restarts=3)
    core.exited("worker@n1#0", 70, None, 0.0, "ImportError")
    assert core.why[:2] == (RunState.FAILED, ReasonKind.START_FAILED)


def requested(*, lost: str) -> Bench:
    """A second round, of the sum alone, in which a daemon is lost."""
    core = running(restarts=3)
    core.request_round("total", None)
    core.finish_round()
    assert core.rosters[-1] == {2: [0]}
    core.exited(lost, None, 9, 0.0)
    return core


def test_a_round_grows_by_the_sources_of_an_instance_that_lost_its_inputs() -> None:
    roster = last_roster(requested(lost="worker@n2#0"))
    assert (roster.daemon, roster.round, roster.revision) == (None, 1, 1)
    assert roster.members == EVERYTHING


def test_a_round_that_has_grown_waits_for_those_that_were_added() -> None:
    core = requested(lost="worker@n2#0")
    core.work("total@n2#0")
    core.ended(TO_RUN, 1)
    assert not core.between_rounds
    core.work("source@n1#0", "double@n2#0")
    assert core.between_rounds


def test_a_round_does_not_grow_for_those_who_take_no_part() -> None:
    roster = last_roster(requested(lost="worker@n1#0"))
    assert (roster.revision, roster.members) == (0, {2: [0]})


def test_what_was_lost_between_rounds_is_made_up_for_in_the_next() -> None:
    core = running(restarts=1)
    core.request_round("total", None)
    core.work(*DAEMONS)
    core.ended(TO_RUN, 0)
    core.exited("worker@n2#0", None, 9, 0.0)
    core.proceed()
    assert core.rosters[-1] == EVERYTHING


def test_values_that_were_kept_anew_are_kept_for_the_next_round() -> None:
    core = requested(lost="worker@n2#0")
    core.tick(10.0)
    core.connected("worker@n2#0")
    core.request_round("total", None)
    core.work(*DAEMONS)
    core.ended(TO_RUN, 1)
    core.proceed()
    assert core.rosters[-1] == {2: [0]}


def test_a_daemon_that_cannot_be_started_fails_the_run() -> None:
    core = Bench()
    core.start_failed("double@n2#0", "cannot fork: no memory")
    text = "double@n2#0 could not be started: cannot fork: no memory"
    assert core.why == (RunState.FAILED, ReasonKind.START_FAILED, text)


def test_daemons_that_do_not_connect_in_time_are_named() -> None:
    core = Bench()
    core.connected("double@n2#0")
    core.start_timed_out(60.0)
    text = (
        "needs 3 daemons, 1 here after 60 s (limits.start_timeout_s); "
        "no word of worker@n1#0, worker@n2#0"
    )
    assert core.why == (RunState.FAILED, ReasonKind.START_TIMED_OUT, text)


def test_the_time_to_start_means_nothing_once_all_have_connected() -> None:
    core = running()
    core.start_timed_out(60.0)
    assert core.state is RunState.RUNNING


def test_a_lost_engine_fails_the_run() -> None:
    core = running()
    core.engine_lost("the fork server closed its socket")
    assert core.why[1] is ReasonKind.ENGINE_LOST


@pytest.mark.parametrize(
    ("core", "when"), [(Bench(), "before the first round"), (running(), "in round 0")]
)
def test_an_interrupted_run_is_stopped(core: Bench, when: str) -> None:
    core.interrupted()
    assert core.why == (RunState.STOPPED, ReasonKind.INTERRUPTED, f"interrupted {when}")


def test_a_run_that_is_killed_by_the_command_says_so() -> None:
    core = running()
    core.interrupted(killed=True)
    assert core.why[2] == "killed by `swarm kill` in round 0"


def test_whatever_happens_after_the_end_changes_nothing() -> None:
    core = running().finish_round()
    before, given = core.why, len(core.collect())
    core.connected("double@n2#0")
    core.work("source@n1#0")
    core.reported("double@n2#0", WorkFailed("double@n2#0", 0, "ValueError", "late", ""))
    core.reported("double@n2#0", DaemonLeft({}))
    core.ended(TO_RUN, 0)
    core.exited("worker@n1#0", None, 9, 0.0)
    core.start_failed("double@n2#0", "late")
    core.start_timed_out(1.0)
    core.engine_lost("late")
    core.interrupted()
    core.request_round(None, None)
    core.proceed()
    assert (core.why, len(core.collect())) == (before, given)


def test_last_words_may_come_after_the_news_that_a_daemon_has_ended() -> None:
    core = running().finish_round()
    core.exited("double@n2#0", 0, None, 0.0)
    waits = [core.unheard]
    core.reported("double@n2#0", DaemonLeft({"stale": 1}))
    waits.append(core.unheard)
    core.reported("worker@n1#0", DaemonLeft({}))
    core.exited("worker@n1#0", 0, None, 0.0)
    waits.append(core.unheard)
    assert waits == [True, False, False]


def test_a_death_that_is_told_late_counts_once() -> None:
    """A controller that takes over finds the daemon gone, and hears afterwards that it died."""
    core = ControlCore.recovered(chain(Limits(restarts=1)), "r", [])
    core.resume(frozenset(), 0.0)
    core.exited("worker@n1#0", None, 9, 0.01)
    assert core.state is RunState.STARTING, core.reason
