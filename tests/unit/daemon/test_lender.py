"""What a worker lends to idle ones of its node, and what it does with what comes back."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from swarmdsl.daemon.instance import Gathering
from swarmdsl.daemon.lender import LONG_S, Lender
from swarmdsl.daemon.packed import Packed
from swarmdsl.daemon.stolen import LENT_BYTES_MAX, LENT_MAX, SETTLED, LentRun, Outcome
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Completed, Run
from swarmdsl.topology.model import ModuleSpec
from swarmdsl.wire.codec import Decoder, Payload, decode_blob, encode_blob, encode_values
from swarmdsl.wire.messages import Call, ChannelKey, Reply
from swarmdsl.wire.session.events import Inlet
from tests.handmade import link, task, topology

THIEF, OTHER = "worker@n1#1", "worker@n1#2"
INCARNATION = 2


def function(number: int, *values: Any, round_number: int = 0, module: str = "work") -> Gathering:
    """A function's instance that waits for its turn, having got these values of a source."""
    made = topology(
        [task("source"), *(task(f"work_{one}", module="work") for one in range(number + 1))],
        [*(link("source", f"work_{one}", "values", Any, gather=True) for one in range(number + 1))],
    )
    wiring = Wiring(made, "worker@n1#0")
    hosted = wiring.hosted[number + 1, 0]
    code: ModuleSpec = replace(hosted.module, name=module)
    instance = Gathering(replace(hosted, module=code), wiring)
    members = {task: [0] for task in range(number + 2)}
    instance.start_round(round_number, 0, members)
    inlet = Inlet("worker@n1#0", 0, ChannelKey(number, 0, 0))
    if values:
        packed = Packed(Decoder(Any), encode_values(values), len(values), 0)
        instance.deliver(inlet, len(values), round_number, packed)
    instance.end(inlet, len(values) + 1, round_number)
    return instance


class Bench:
    """A lender that has found runs to be long, and what it says."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Call]] = []
        numbers = itertools.count(1)
        self.lender = Lender(numbers, INCARNATION, lambda *one: self.said.append(one))
        run = function(0).next_work()
        assert isinstance(run, Run)
        self.lender.ran(run, 4 * LONG_S)

    def share(self, *waiting: Gathering, round_number: int = 0) -> list[tuple[str, str]]:
        given = self.lender.share(round_number, lambda: waiting)
        return [(peer, run.hosted.spec.alias) for peer, run in given]

    def lend(self, *values: Any) -> Call:
        """One run to the thief; returns the call."""
        self.lender.wanted(THIEF, 0, wants=True)
        assert self.share(function(0, *values)) == [(THIEF, "work_0")]
        return self.said.pop()[1]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def outcome(
    number: int,
    parcels: Sequence[tuple[int, int, int]] = (),
    *,
    ok: bool = True,
    incarnation: int = INCARNATION,
) -> Reply:
    told = Outcome(incarnation=incarnation, seconds=0.5, pushed=1, parcels=tuple(parcels))
    return Reply(1, number, ok=ok, payload=encode_blob(told))


def some(count: int) -> list[Gathering]:
    """So many that wait, the last first."""
    return [function(number) for number in reversed(range(count))]


def test_nobody_is_lent_anything_who_does_not_want_it(bench: Bench) -> None:
    assert not bench.lender.is_wanted(0)
    assert bench.share(*some(4)) == []
    bench.lender.wanted(THIEF, 0, wants=True)
    bench.lender.wanted(THIEF, 0, wants=False)
    assert not bench.lender.is_wanted(0)


def test_a_wish_is_for_one_round(bench: Bench) -> None:
    bench.lender.wanted(THIEF, 0, wants=True)
    assert (bench.lender.is_wanted(0), bench.lender.is_wanted(1)) == (True, False)
    assert bench.share(*some(4), round_number=1) == []


def test_each_who_is_idle_gets_as_much_as_stays(bench: Bench) -> None:
    for peer in (THIEF, OTHER):
        bench.lender.wanted(peer, 0, wants=True)
    assert bench.share(*some(6)) == [
        (THIEF, "work_5"),
        (THIEF, "work_4"),
        (OTHER, "work_3"),
        (OTHER, "work_2"),
    ]
    assert not bench.lender.is_wanted(0)


def test_one_that_waits_alone_is_lent_since_other_work_is_about_to_begin(bench: Bench) -> None:
    bench.lend()
    assert bench.lender.waits_for(THIEF)
    assert not bench.lender.waits_for(OTHER)


def test_no_more_are_lent_at_a_time_than_may_be(bench: Bench) -> None:
    bench.lender.wanted(THIEF, 0, wants=True)
    one = function(0)

    def again() -> list[Gathering]:
        return [function(0) for _ in range(2 * LENT_MAX + 2)]

    assert one.is_ready
    given = bench.lender.share(0, again)
    assert len(given) == LENT_MAX


def test_where_runs_of_late_were_short_nothing_is_lent(bench: Bench) -> None:
    bench.lender.wanted(THIEF, 0, wants=True)
    assert bench.lender.is_wanted(0)
    short = function(1, module="quick").next_work()
    assert isinstance(short, Run)
    for _ in range(8):
        bench.lender.ran(short, 0.0)
    assert not bench.lender.is_wanted(0)
    bench.lender.ran(short, 3 * LONG_S)  # one of them was interrupted
    assert not bench.lender.is_wanted(0)


def test_a_function_of_a_module_with_short_runs_stays(bench: Bench) -> None:
    bench.lender.wanted(THIEF, 0, wants=True)
    short = function(1, module="quick").next_work()
    assert isinstance(short, Run)
    bench.lender.ran(short, 0.0)
    assert bench.share(function(2, module="quick"), function(1)) == [(THIEF, "work_1")]


def test_what_was_given_much_stays(bench: Bench) -> None:
    bench.lender.wanted(THIEF, 0, wants=True)
    assert bench.share(function(0, "x" * LENT_BYTES_MAX)) == []
    assert bench.lender.next_work() is None


def test_the_call_holds_what_has_come_and_is_said_again_on_a_new_connection(bench: Bench) -> None:
    call = bench.lend(7, 8)
    bench.lender.opened(OTHER)
    bench.lender.opened(THIEF)
    assert bench.said == [(THIEF, call)]
    lent = decode_blob(call.arguments, LentRun)
    ((link_index, ((_, count, skip),)),) = lent.inputs
    assert (lent.place, lent.incarnation) == ((1, 0), INCARNATION)
    assert (link_index, count, skip) == (0, 2, 0)


def test_what_comes_back_is_work_and_the_thief_hears_that_it_has_arrived(bench: Bench) -> None:
    call = bench.lend()
    run = bench.lender.taken[1, 0]
    assert bench.lender.answered(THIEF, outcome(call.number), ())
    assert not bench.lender.answered(THIEF, outcome(call.number), ())
    ((peer, said),) = bench.said
    assert (peer, said.method, said.number) == (THIEF, SETTLED, call.number)
    assert (1, 0) in bench.lender.taken  # until it begins
    done = bench.lender.next_work()
    assert isinstance(done, Completed)
    assert (done.seconds, done.pushed, done.parcels) == (0.5, 1, ())
    assert done.consumed is run.consumed
    assert not bench.lender.taken


def test_who_was_not_asked_is_not_listened_to(bench: Bench) -> None:
    call = bench.lend()
    assert not bench.lender.answered(OTHER, outcome(call.number), ())
    assert not bench.lender.answered(THIEF, outcome(call.number, incarnation=1), ())
    assert not bench.lender.answered(THIEF, Reply(1, call.number, ok=True, payload=b"\xc1"), ())
    assert not bench.lender.answered(THIEF, outcome(call.number, [(5, 1, 1)]), (b"x",))
    assert bench.lender.next_work() is None


def test_what_is_given_back_is_run_here_or_lent_once_more(bench: Bench) -> None:
    call = bench.lend(7)
    bench.lender.answered(THIEF, outcome(call.number, ok=False), ())
    bench.lender.wanted(OTHER, 0, wants=True)
    assert bench.share() == [(OTHER, "work_0")]
    again = bench.said[-1][1]
    assert again.arguments == call.arguments
    assert again.number != call.number
    bench.lender.answered(OTHER, outcome(again.number, ok=False), ())
    run = bench.lender.next_work()
    assert isinstance(run, Run)
    assert run.arguments == {"values": [7]}


def test_what_those_had_who_are_gone_for_good_is_run_here(bench: Bench) -> None:
    bench.lend()
    bench.lender.wanted(OTHER, 0, wants=True)
    bench.lender.lose([THIEF, OTHER])
    assert isinstance(bench.lender.next_work(), Run)
    assert not bench.lender.is_wanted(0)
    assert bench.lender.next_work() is None


def test_values_that_came_in_frames_are_put_together_again(bench: Bench) -> None:
    call = bench.lend()
    run = bench.lender.taken[1, 0]
    assert isinstance(run, Run)
    run = Run(replace(run.hosted, outputs=(3, 4)), 0, {}, {})
    bench.lender._open[call.number] = bench.lender._open[call.number]._replace(run=run)
    parcels = [(3, 2, 1), (4, 1, 3)]
    frames = (b"body", b"head", b"array", b"another")
    bench.lender.taken[1, 0] = run
    assert bench.lender.answered(THIEF, outcome(call.number, parcels), frames)
    done = bench.lender.next_work()
    assert isinstance(done, Completed)
    assert done.parcels == (
        (3, Payload(b"body"), 2),
        (4, Payload(b"head", (b"array", b"another")), 1),
    )
