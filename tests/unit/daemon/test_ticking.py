"""A source by its timers: when it may begin, what it does, and how its round ends."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from swarmdsl.daemon.instance import Methods
from swarmdsl.daemon.reports import PositionReached, Recollection, SourceBegun
from swarmdsl.daemon.ticking import Ticking
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Finish, Invoke, Restore, Work
from tests.handmade import link, task, topology

NAME = "beats@n1#0"


def ticking(
    *, replays: bool = True, recalls: bool = False, round_end: bool = False, begun: int = 0
) -> Ticking:
    wiring = Wiring(topology([task("beats", "daemon")], [link("beats")]), NAME)
    (hosted,) = wiring.hosted.values()
    methods = Methods({"beat": 1.0}, "on_round_end" if round_end else "")
    instance = Ticking(hosted, wiring, methods, recalls=recalls, replays=replays)
    instance.begun(begun)
    instance.start_round(0, 0, {0: [0]})
    return instance


def method_of(work: Work | None) -> str:
    assert isinstance(work, Invoke)
    return work.method


def test_it_does_nothing_but_what_its_timers_want() -> None:
    instance = ticking()
    assert instance.tick(0.0) == 1.0
    assert instance.next_work() is None
    instance.tick(1.0)
    assert method_of(instance.next_work()) == "beat"
    assert instance.next_work() is None


def test_its_round_ends_when_its_code_says_so() -> None:
    instance = ticking()
    instance.tick(0.0)
    instance.end_round()
    assert instance.tick(5.0) == math.inf
    assert isinstance(instance.next_work(), Finish)
    assert instance.next_work() is None
    assert not instance.running


def test_its_next_round_is_a_new_one() -> None:
    instance = ticking()
    instance.end_round()
    instance.next_work()
    instance.start_round(1, 0, {0: [0]})
    assert instance.next_work() is None
    assert instance.tick(7.0) == 8.0


def test_its_round_ends_when_no_other_follows() -> None:
    instance = ticking()
    instance.last = True
    assert isinstance(instance.next_work(), Finish)


def test_the_last_method_of_the_round_is_called_once_before_its_end() -> None:
    instance = ticking(round_end=True)
    instance.end_round()
    assert method_of(instance.next_work()) == "on_round_end"
    assert isinstance(instance.next_work(), Finish)


def test_one_that_cannot_be_asked_again_waits_until_the_controller_knows_that_it_begins() -> None:
    instance = ticking(replays=False, begun=-1)
    assert instance.tick(0.0) == math.inf
    assert instance.take_reports(0.0) == [SourceBegun(NAME, 0)]
    assert instance.next_work() is None
    instance.begun(0)
    assert instance.tick(5.0) == 6.0


def test_of_one_that_cannot_be_asked_again_a_new_process_only_ends_the_round() -> None:
    instance = ticking(replays=False, recalls=True, begun=-1)
    assert instance.next_work() is None
    instance.recall(Recollection(begun=0))
    assert isinstance(instance.next_work(), Finish)


def test_one_that_can_is_put_where_it_was_first_of_all() -> None:
    instance = ticking(recalls=True)
    assert instance.tick(0.0) == math.inf
    position = PositionReached(NAME, 0, starts=False, position=b"at 3")
    instance.recall(Recollection(positions=(position,)))
    work = instance.next_work()
    assert isinstance(work, Restore)
    assert work.value == b"at 3"
    assert instance.tick(10.0) == 11.0


def test_where_it_ends_its_round_another_process_does_not_go_on() -> None:
    instance = ticking(round_end=True)
    instance.stand(b"at 1", {})
    instance.end_round()
    instance.stand(b"at 2", {})
    told = PositionReached(NAME, 0, starts=False, position=b"at 1")
    assert instance.take_reports(0.0) == [told]
    assert instance.take_reports(9.0) == []
    assert instance.positions.newest == b"at 2"


def test_in_its_next_round_it_stands_where_it_has_come_to_again() -> None:
    instance = ticking()
    instance.end_round()
    instance.stand(b"at 2", {})
    instance.next_work()
    instance.start_round(1, 0, {0: [0]})
    instance.stand(b"at 3", {})
    told = PositionReached(NAME, 1, starts=False, position=b"at 3")
    assert instance.take_reports(0.0) == [told]


@pytest.mark.parametrize(("timeout_s", "times"), [(None, 8), (5.0, 1)])
def test_one_of_many_that_is_faster_than_it_may_linger_is_called_several_times_in_a_row(
    timeout_s: float | None, times: int
) -> None:
    """Unless each call has a time limit."""
    nodes = [f"n{one}" for one in range(100)]
    spec, code = task("beats", "daemon", nodes)
    of = topology([(replace(spec, timeout_s=timeout_s), code)], [link("beats")])
    wiring = Wiring(of, "beats@n7#0")
    (hosted,) = wiring.hosted.values()
    methods = Methods({"beat": 0.0025})
    instance = Ticking(hosted, wiring, methods, recalls=False, replays=True)
    instance.start_round(0, 0, {0: [*range(100)]})
    instance.tick(0.0)
    instance.tick(0.02)
    work = instance.next_work()
    assert isinstance(work, Invoke)
    assert (work.method, work.times) == ("beat", times)


def test_it_rests_between_its_timers_and_not_where_its_round_is_over() -> None:
    instance, rests = ticking(), []
    for step in (lambda: instance.tick(0.0), lambda: instance.tick(1.0), instance.next_work):
        step()
        rests.append(instance.rests)
    instance.end_round()
    assert [*rests, instance.rests] == [True, False, True, False]
