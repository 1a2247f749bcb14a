"""What a worker does for others of its node: when it asks, what it keeps, what it gives back."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from swarmdsl.daemon.stolen import LENT, LENT_MAX, WANTED, LentRun, read_outcome
from swarmdsl.daemon.thief import Thief
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.topology.model import DaemonGroup, Topology
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import Call, Reply
from tests.handmade import link, task, topology

OWN, LENDER, OTHER = "worker@n1#0", "worker@n1#1", "worker@n1#2"


def three_workers() -> Topology:
    made = topology([task("work"), task("sink")], [link("work", "sink", "value")])
    hosted = (replace(one, candidates=(LENDER,)) for one in made.tasks)
    group = DaemonGroup(name="worker", kind="worker", nodes=("n1",), per_node=(3,))
    return replace(made, tasks=tuple(hosted), groups=(group,))


class Bench:
    """A thief, and what it says."""

    def __init__(self) -> None:
        self.wishes: list[tuple[str, bool]] = []
        self.answers: list[tuple[str, Reply]] = []
        self.thief = Thief(Wiring(three_workers(), OWN), self._say, self._answer, 0.005)
        self.thief.begin_round(0)

    def _say(self, peer: str, call: Call) -> None:
        assert call.method == WANTED
        self.wishes.append((peer, decode_blob(call.arguments, bool)))

    def _answer(self, peer: str, reply: Reply, _behind: Frames) -> None:
        self.answers.append((peer, reply))

    def lend(self, number: int, incarnation: int = 0, *, round_number: int = 0) -> bool:
        lent = LentRun(place=(1, 0), incarnation=incarnation, inputs=())
        call = Call(1, number, "sink@n1#0", round_number, LENT, encode_blob(lent), "")
        return self.thief.take(LENDER, call)

    def numbers(self) -> list[int]:
        """Of all runs that wait, which are taken with that."""
        found = []
        while (run := self.thief.next_work()) is not None:
            found.append(run.number)
        return found


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_asks_all_others_once_it_has_been_idle_for_long_enough(bench: Bench) -> None:
    bench.thief.idle(1.0)
    assert bench.thief.due_in_s(1.002) == pytest.approx(0.003)
    bench.thief.idle(1.004)
    assert not bench.thief.wants
    bench.thief.idle(1.006)
    bench.thief.idle(1.1)
    assert bench.wishes == [(LENDER, True), (OTHER, True)]
    assert bench.thief.due_in_s(2.0) == math.inf


def test_with_work_of_its_own_it_wants_nothing_and_waits_anew(bench: Bench) -> None:
    bench.thief.idle(1.0)
    bench.thief.idle(1.1)
    bench.thief.begin_own()
    bench.thief.begin_own()
    assert bench.wishes[2:] == [(LENDER, False), (OTHER, False)]
    bench.thief.idle(1.2)
    assert not bench.thief.wants


def test_who_has_lent_is_asked_again_with_the_last_run_and_others_are_not(bench: Bench) -> None:
    bench.thief.idle(1.0)
    bench.thief.idle(1.1)
    bench.lend(1)
    bench.lend(2)
    bench.wishes.clear()
    assert bench.thief.next_work() is not None
    assert bench.wishes == []
    assert bench.thief.next_work() is not None
    assert bench.wishes == [(LENDER, True)]


def test_a_wish_is_said_again_on_a_new_connection(bench: Bench) -> None:
    bench.thief.opened(LENDER)
    bench.thief.idle(1.0)
    bench.thief.idle(1.1)
    bench.thief.opened(LENDER)
    assert bench.wishes == [(LENDER, True), (OTHER, True), (LENDER, True)]


def test_a_run_that_is_said_again_is_done_once_and_answered_as_before(bench: Bench) -> None:
    bench.lend(7)
    bench.lend(7)
    run = bench.thief.next_work()
    assert run is not None
    bench.lend(7)
    assert bench.numbers() == []
    bench.thief.finish(run, 0.5, 0, [])
    bench.lend(7)
    assert bench.numbers() == []
    first, again = bench.answers
    assert first == again
    assert read_outcome(first[1].payload).seconds == 0.5


def test_an_answer_that_has_arrived_is_kept_no_longer(bench: Bench) -> None:
    bench.lend(7)
    run = bench.thief.next_work()
    assert run is not None
    bench.thief.finish(run, 0.5, 0, [])
    bench.thief.forget(LENDER, 7)
    bench.lend(7)
    assert bench.numbers() == [7]


def test_what_a_former_process_has_lent_is_dropped(bench: Bench) -> None:
    bench.lend(1)
    bench.lend(1, incarnation=1)
    run = bench.thief.next_work()
    assert run is not None
    assert (run.incarnation, bench.numbers()) == (1, [])


def test_what_belongs_to_a_round_that_is_over_is_dropped(bench: Bench) -> None:
    bench.lend(1)
    bench.lend(2, round_number=1)
    bench.thief.begin_round(1)
    run = bench.thief.next_work()
    assert run is not None
    assert run.number == 2
    assert not bench.thief._queue


def test_what_those_have_lent_who_are_gone_for_good_is_dropped(bench: Bench) -> None:
    bench.lend(1)
    bench.thief.lose([LENDER])
    assert bench.numbers() == []


def test_no_more_wait_than_may_and_the_rest_goes_back(bench: Bench) -> None:
    for number in range(1, 2 * LENT_MAX + 2):
        assert bench.lend(number)
    ((peer, reply),) = bench.answers
    assert (peer, reply.number, reply.ok) == (LENDER, 2 * LENT_MAX + 1, False)
    assert len(bench.numbers()) == 2 * LENT_MAX


def test_what_makes_no_sense_is_not_taken(bench: Bench) -> None:
    nonsense = Call(1, 1, "sink@n1#0", 0, LENT, b"\xc1", "")
    assert not bench.thief.take(LENDER, nonsense)
    lent = LentRun(place=(1, 0), incarnation=0, inputs=())
    not_its_own = Call(1, 1, "sink@n1#0", 0, LENT, encode_blob(lent), "")
    assert not bench.thief.take(OTHER, not_its_own)
    wrong = LentRun(place=(0, 0), incarnation=0, inputs=((0, ()),))
    assert not bench.thief.take(LENDER, Call(1, 1, "", 0, LENT, encode_blob(wrong), ""))
