"""An idle worker runs what waits at a busy one: each state of that, and who may die in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from swarmdsl.control.state import RunState
from swarmdsl.daemon.reports import WorkFinished, WorkReturned, WorkTaken
from swarmdsl.daemon.work import Borrowed, Completed
from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import ChannelKey
from tests.sim.stolen_world import ALL_ONCE, BUSY, IDLE, LETTERS, VALUES, StolenWorld


@pytest.fixture
def world() -> StolenWorld:
    return StolenWorld()


def borrowed_by(world: StolenWorld) -> list[str]:
    """The runs that wait at the thief, in order."""
    return [one.hosted.spec.alias for one in world.daemons[IDLE].core._stealing._thief._queue]


def test_an_idle_worker_asks_after_a_while_and_is_lent_the_later_half_of_what_waits(
    world: StolenWorld,
) -> None:
    world.lend()
    world.settle()
    assert borrowed_by(world) == ["f", "e", "d"]
    borrowed = world.begin(IDLE)
    assert isinstance(borrowed, Borrowed)
    assert (borrowed.hosted.spec.name, borrowed.lender) == ("f@n1#0", BUSY)


def test_what_comes_of_it_is_pushed_by_the_worker_that_hosts_the_instance(
    world: StolenWorld,
) -> None:
    world.lend()
    world.settle()
    assert world.do(IDLE) == "f"
    world.end(BUSY)
    completed = world.begin(BUSY)
    assert isinstance(completed, Completed)
    assert completed.hosted.spec.alias == "f"
    world.end(BUSY)
    assert world.finish() == VALUES
    assert sorted(world.runs) == ALL_ONCE


def test_the_controller_hears_who_runs_it_and_of_the_instance_but_one_end(
    world: StolenWorld,
) -> None:
    world.lend()
    world.settle()
    world.do(IDLE)
    assert world.finish() == VALUES
    of_it = [one for one in world.controller.reports if getattr(one, "instance", "") == "f@n1#0"]
    assert [type(one) for one in of_it] == [WorkTaken, WorkReturned, WorkFinished]
    assert of_it[0] == WorkTaken("f@n1#0", 0, BUSY)


def test_a_worker_that_was_not_idle_for_long_asks_for_nothing(world: StolenWorld) -> None:
    world.do(IDLE)
    world.do(BUSY)
    world.rest(IDLE, seconds=0.004)
    world.begin(BUSY)
    assert world.in_flight() == []


def test_nothing_is_lent_where_runs_are_short(world: StolenWorld) -> None:
    world.do(IDLE)
    world.daemons[BUSY].perform(1, seconds=0.001)
    world.settle()
    world.rest(IDLE)
    assert world.begin(BUSY).hosted.spec.alias == "a"
    assert world.in_flight() == []


def test_a_worker_that_has_work_again_is_lent_nothing(world: StolenWorld) -> None:
    world.do(IDLE)
    world.do(BUSY)
    world.begin(BUSY)
    world.rest(IDLE)
    world.end(BUSY)
    assert world.begin(IDLE).hosted.spec.alias == "later"
    world.settle()
    world.begin(BUSY)
    assert world.in_flight() == []


def test_its_own_work_comes_first_and_what_was_not_begun_goes_back(world: StolenWorld) -> None:
    world.lend()
    world.settle()
    world.begin(IDLE)
    world.end(BUSY)
    world.end(IDLE)
    assert world.begin(IDLE).hosted.spec.alias == "later"
    world.settle()
    assert borrowed_by(world) == []
    assert world.finish() == VALUES
    assert sorted(world.runs) == ALL_ONCE


def test_limits_may_say_that_nobody_steals() -> None:
    world = StolenWorld(Limits(steal_after_s=0.0))
    world.lend()
    assert world.in_flight() == []
    assert world.finish() == VALUES
    assert not any(isinstance(one, WorkTaken) for one in world.controller.reports)


def test_a_lender_that_has_become_idle_gets_back_half_of_what_waits(world: StolenWorld) -> None:
    world.lend()
    world.settle()
    world.begin(IDLE)
    world.end(BUSY)
    assert [world.do(BUSY) for _ in "bc"] == ["b", "c"]
    world.rest(BUSY)
    assert borrowed_by(world) == ["e"]
    assert world.do(BUSY) == "d"
    assert world.finish() == VALUES
    assert sorted(world.runs) == ALL_ONCE


def test_what_was_given_back_may_be_lent_once_more(world: StolenWorld) -> None:
    test_its_own_work_comes_first_and_what_was_not_begun_goes_back(again := StolenWorld())
    taken = [one for one in again.controller.reports if isinstance(one, WorkTaken)]
    assert len(taken) > 1
    assert world is not again


def begun(world: StolenWorld) -> None:
    world.lend()
    world.settle()
    world.begin(IDLE)


def answered(world: StolenWorld) -> None:
    world.lend()
    world.settle()
    world.do(IDLE)


def lent(world: StolenWorld) -> None:
    world.lend()


def waiting(world: StolenWorld) -> None:
    world.lend()
    world.settle()


def asked(world: StolenWorld) -> None:
    world.ask()


STATES = [asked, lent, waiting, begun, answered]
State = Callable[[StolenWorld], None]


@pytest.mark.parametrize("silently", [False, True])
@pytest.mark.parametrize("victim", [BUSY, IDLE])
@pytest.mark.parametrize("reach", STATES)
def test_whoever_dies_the_run_has_its_value_once(
    world: StolenWorld, reach: State, victim: str, silently: bool
) -> None:
    reach(world)
    world.restart(victim, silently=silently)
    assert world.finish() == VALUES
    assert world.controller.core.state is RunState.COMPLETED


@pytest.mark.parametrize("reach", STATES)
def test_a_thief_that_is_gone_for_good_leaves_its_runs_to_their_host(reach: State) -> None:
    world = StolenWorld(Limits(restarts=0), later_on=BUSY)
    reach(world)
    world.kill(IDLE)
    assert world.finish() == VALUES


@pytest.mark.parametrize("reach", STATES)
def test_a_connection_that_is_lost_costs_no_second_run(world: StolenWorld, reach: State) -> None:
    reach(world)
    for one, other in ((BUSY, IDLE), (IDLE, BUSY)):
        world.daemons[one].connect_anew(other)
    world.settle()
    assert world.finish() == VALUES
    assert sorted(world.runs) == ALL_ONCE


def test_the_answer_to_a_former_process_is_not_taken_for_that_to_the_next(
    world: StolenWorld,
) -> None:
    """Both number what they lend from the start."""
    begun(world)
    old = world.daemons[IDLE].core._stealing._thief._at_work
    assert old is not None
    world.restart(BUSY)
    world.do(BUSY)  # the next process does the source, and lends again
    busy = world.daemons[BUSY].core
    busy._stealing._lender.wanted(IDLE, 0, wants=True)
    world.begin(BUSY)
    assert old.number in (lent := {*busy._stealing._lender._open})
    world.daemons[IDLE].push(old, 999)
    world.daemons[IDLE].finish(old)
    world.settle()
    assert {*busy._stealing._lender._open} == lent
    assert world.finish() == VALUES


def test_what_comes_again_for_a_lent_run_is_confirmed_when_its_values_are() -> None:
    world = StolenWorld(source_on=IDLE, later_on=BUSY)
    assert [world.do(IDLE) for _ in range(2)] == ["source", "other"]
    world.do(BUSY)
    world.rest(IDLE)
    world.begin(BUSY)
    world.settle()
    assert borrowed_by(world) == ["later", "f", "e"]
    world.restart(IDLE)
    assert world.do(IDLE) == "source"
    to_the_busy = world.daemons[IDLE].core.switchboard.to(BUSY)
    of_f = to_the_busy.channel(ChannelKey(LETTERS.index("f"), 0, 0))
    assert (of_f.next, of_f.confirmed) == (2, 0)
    assert world.finish() == VALUES
    assert of_f.confirmed == 2
