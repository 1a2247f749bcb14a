"""What a daemon measures, and when it tells."""

from __future__ import annotations

import dataclasses
import math

import pytest

from swarmdsl.daemon.measures import TOLD_AT_ONCE, Measures
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Finish, Handle, Invoke, Part, Run
from swarmdsl.stats.totals import decode_totals
from swarmdsl.transport.base import Reading
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet
from swarmdsl.wire.session.switchboard import Switchboard
from tests.handmade import link, task, topology
from tests.unit.wire.session.peers import identity

SINK = "sink@n1#0"
INLET = Inlet("source@n1#0", 0, ChannelKey(0, 0, 0))


@pytest.fixture
def hosted() -> Hosted:
    tasks = [task("source", "daemon"), task("sink", "daemon")]
    (one,) = Wiring(topology(tasks, [link("source", "sink", "take")]), SINK).hosted.values()
    return one


def measures(every_s: float = 1.0) -> Measures:
    found = Measures(Switchboard(identity(SINK)), every_s)
    found.tick(100.0)
    return found


def handle(hosted: Hosted, *waits: tuple[float, int]) -> Handle:
    parts = tuple(Part(INLET, count, 1, came_s) for came_s, count in waits)
    return Handle(hosted, 0, "take", ["a", "b"], {INLET: 2}, parts)


def test_nothing_is_told_before_anything_was_done() -> None:
    one = measures()
    assert (one.tick(200.0), one.last(200.0)) == (math.inf, None)


def test_what_was_done_is_told_a_while_after_the_last_telling(hosted: Hosted) -> None:
    one = measures()
    one.computed(handle(hosted), [1_000])
    assert one.tick(100.5) == 101.0
    assert one.last(101.0) is not None
    assert (one.tick(101.0), one.last(102.0)) == (math.inf, None)
    one.computed(handle(hosted), [1_000])
    assert one.tick(102.5) == 102.0


def test_each_handler_has_its_times_and_each_push_its_wait(hosted: Hosted) -> None:
    one, run = measures(), Run(hosted, 0, {}, {}, ((100.0, 1),))
    one.begin(handle(hosted, (99.0, 1), (99.5, 1)), 100.0)
    one.computed(handle(hosted), [1_000_000, 3_000_000])
    one.computed(Invoke(hosted, 0, "flush", {}), [5_000_000])
    one.begin(run, 102.0)
    one.computed(run, [7_000_000])
    one.failed(handle(hosted))
    one.worked(1.5)
    one.blocked(0.5)
    told = one.last(104.0)
    assert told is not None
    totals = decode_totals(told.totals)
    assert (totals.alive_s, totals.busy_s, totals.blocked_s) == (4.0, 1.0, 0.5)
    take, flush, whole = totals.handlers
    assert (take.instance, take.handler, take.failed) == (SINK, "take", 1)
    assert (take.computing.count, take.computing.max) == (2, 0.003)
    assert (take.queue_wait.min, take.queue_wait.max) == (0.5, 1.0)
    assert (flush.handler, flush.computing.max, flush.queue_wait.count) == ("flush", 0.005, 0)
    assert (whole.handler, whole.computing.max, whole.queue_wait.max) == ("", 0.007, 2.0)


def test_what_waited_is_told_while_the_work_goes_on_and_once(hosted: Hosted) -> None:
    one = measures()
    one.begin(handle(hosted, (99.0, 2)), 100.0)
    for now_s in (104.0, 105.0):
        told = one.last(now_s)
        assert told is not None
        (take,) = decode_totals(told.totals).handlers
        assert (take.queue_wait.count, take.queue_wait.max) == (2, 1.0)


def test_what_waited_for_work_that_is_lent_counts_too(hosted: Hosted) -> None:
    one = measures()
    one.begin(Run(hosted, 0, {}, {}, ((99.0, 3),)), 100.0)
    one.begin(Run(hosted, 0, {}, {}, ((98.0, 4),)), 100.0)
    one.worked(0.5)
    told = one.last(101.0)
    assert told is not None
    (whole,) = decode_totals(told.totals).handlers
    assert (whole.queue_wait.count, whole.queue_wait.max) == (7, 2.0)


def test_who_speaks_with_many_peers_tells_less_often() -> None:
    switchboard = Switchboard(identity(SINK))
    peers = 3 * TOLD_AT_ONCE
    for number in range(peers):
        switchboard.dialled(f"d@n{number}#0", number)
    one = Measures(switchboard, 1.0)
    one.read_from(lambda: [Reading(number, 4711, 1, 0, 0.001) for number in range(peers)])
    one.tick(0.0)
    one.grow()
    assert one.last(1.0) is not None
    one.grow()
    assert one.tick(1.5) == 4.0


def test_what_is_told_last_is_told_at_once(hosted: Hosted) -> None:
    one = measures()
    one.computed(handle(hosted), [1_000])
    assert one.last(100.1) is not None
    assert one.last(100.1) is None


def test_what_has_not_waited_says_nothing(hosted: Hosted) -> None:
    one = measures()
    one.begin(Finish(hosted, 0, {}), 100.0)
    told = one.last(101.0)
    assert told is not None
    assert decode_totals(told.totals).handlers == []


def test_nothing_is_measured_where_nobody_wants_it(hosted: Hosted) -> None:
    one = measures(every_s=0.0)
    one.begin(handle(hosted, (99.0, 2)), 100.0)
    one.computed(handle(hosted), [1_000])
    one.failed(handle(hosted))
    one.worked(1.0)
    assert (one.on, one.tick(200.0), one.last(200.0)) == (False, math.inf, None)


def test_thousands_of_handlers_are_told_less_often(hosted: Hosted) -> None:
    one = measures()
    for number in range(4 * TOLD_AT_ONCE):
        spec = dataclasses.replace(hosted.spec, alias=f"t{number}")
        other = dataclasses.replace(hosted, spec=spec)
        one.computed(Handle(other, 0, f"take{number}", [], {}), [1_000])
    assert one.tick(100.0) == 104.0


def test_work_that_never_ends_tells_of_what_it_pushes() -> None:
    one = measures()
    one.grow()
    assert one.tick(100.5) == 101.0
    assert one.last(101.0) is not None


def busy_s(one: Measures, now_s: float) -> float:
    told = one.last(now_s)
    assert told is not None
    return decode_totals(told.totals).busy_s


def test_what_is_at_work_counts_as_far_as_it_has_come_and_once(hosted: Hosted) -> None:
    one = measures()
    one.begin(Run(hosted, 0, {}, {}, ()), 100.0)
    assert one.tick(100.5) == 101.0, "it is told though nothing has come of it"
    assert busy_s(one, 102.0) == 2.0
    one.blocked(0.5)
    assert busy_s(one, 104.0) == 3.5
    one.worked(5.0)
    assert busy_s(one, 106.0) == 4.5
    assert one.tick(107.0) == math.inf


def test_what_was_told_as_busy_never_becomes_less(hosted: Hosted) -> None:
    one = measures()
    one.begin(Run(hosted, 0, {}, {}, ()), 100.0)
    assert busy_s(one, 103.0) == 3.0
    one.worked(2.5)
    assert busy_s(one, 103.0) == 3.0


def test_what_has_failed_is_at_work_no_more(hosted: Hosted) -> None:
    one = measures()
    one.begin(Run(hosted, 0, {}, {}, ()), 100.0)
    one.abandoned(102.0)
    one.abandoned(103.0)
    assert busy_s(one, 110.0) == 2.0
    assert one.tick(120.0) == math.inf


def test_what_work_only_waits_for_is_not_counted_as_busy(hosted: Hosted) -> None:
    one, rested = measures(), iter([5.0, 6.5, 7.0, 7.25])
    one.rested_s = lambda: next(rested)  # five of it in a call that came before
    one.begin(handle(hosted), 100.0)
    one.worked(2.0)
    one.begin(handle(hosted), 102.0)  # half a second of rest came in between
    told = one.last(103.0)
    assert told is not None
    assert decode_totals(told.totals).busy_s == 0.5 + 0.75
