"""An instance that fails, drops its part of the round, and may be given it once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from swarmdsl.daemon.instance import Gathering
from swarmdsl.daemon.instances import instance_of
from swarmdsl.daemon.wandering import Wandering
from swarmdsl.daemon.wiring import Seating, Wiring
from swarmdsl.daemon.work import Run
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet
from tests.handmade import link, task, topology

EVERYBODY = {0: [0], 1: [0]}
CHANNEL = ChannelKey(0, 0, 0)
INLET = Inlet("worker@n1#0", 0, CHANNEL)


class Bench:
    """One such instance, which gathers what one source pushes."""

    def __init__(self) -> None:
        spec, code = task("total")
        spec = replace(spec, retries=3, retries_elsewhere=True)
        made = topology(
            [task("source"), (spec, code)], [link("source", "total", "read", gather=True)]
        )
        wiring = Wiring(made, "worker@n1#0")
        instance = instance_of(wiring.hosted[1, 0], wiring)
        assert isinstance(instance, Wandering)
        self.instance = instance
        self.upto = 0

    def begin(self, number: int, revision: int = 0, failures: int = 0) -> bool:
        seating = Seating(failures={1: failures} if failures else {})
        return self.instance.start_round(number, revision, EVERYBODY, seating)

    def pushed(self, number: int, *values: int) -> Bench:
        self.upto += len(values)
        self.instance.deliver(INLET, self.upto, number, lambda: list(values))
        return self

    def ended(self, number: int, count: int) -> Bench:
        self.upto += 1
        self.instance.end(INLET, self.upto, number, count)
        return self

    def run(self) -> tuple[object, Sequence[int]]:
        """What it is given, and up to where it consumes its input."""
        work = self.instance.next_work()
        assert isinstance(work, Run)
        return work.arguments["read"], list(work.consumed.values())

    def fail(self) -> None:
        self.run()
        self.instance.abandon()


def test_only_a_task_that_is_retried_elsewhere_has_such_instances() -> None:
    made = topology([task("source"), task("total")], [link("source", "total", "read")])
    wiring = Wiring(made, "worker@n1#0")
    assert type(instance_of(wiring.hosted[1, 0], wiring)) is Gathering


def test_after_a_failure_it_does_nothing_and_takes_nothing_for_a_repeat() -> None:
    bench = Bench()
    bench.begin(0)
    bench.pushed(0, 1).ended(0, 1).fail()
    assert bench.instance.next_work() is None
    assert not bench.instance.is_repeat(0)
    assert bench.instance.takes(0, 0) is None
    bench.begin(0, revision=1)  # the roster has changed for another reason
    assert bench.instance.next_work() is None


def test_when_its_turn_comes_again_it_waits_for_all_of_its_inputs() -> None:
    bench = Bench()
    bench.begin(0)
    bench.pushed(0, 1, 2).ended(0, 2).fail()
    assert bench.begin(0, revision=2, failures=2)
    assert bench.instance.next_work() is None
    bench.pushed(0, 1, 2).ended(0, 2)
    assert bench.run() == ([1, 2], [6])


def test_what_came_before_the_pushes_that_an_end_counts_is_void() -> None:
    bench = Bench()
    bench.begin(0)
    bench.pushed(0, 9).ended(0, 1).fail()
    bench.pushed(0, 1, 2)  # late, by a source that then heard of the failure
    bench.begin(0, revision=2, failures=2)
    bench.pushed(0, 1, 2).pushed(0, 3).ended(0, 3)
    assert bench.run() == ([1, 2, 3], [8])


def test_an_end_whose_pushes_were_dropped_with_the_failure_ends_nothing() -> None:
    bench = Bench()
    bench.begin(0)
    bench.pushed(0, 9).ended(0, 1).fail()
    bench.begin(0, revision=2, failures=2)
    bench.ended(0, 2)
    assert bench.instance.next_work() is None
    bench.pushed(0, 1, 2).ended(0, 2)
    assert bench.run() == ([1, 2], [6])


def test_what_has_come_twice_by_now_is_taken_once_and_consumed_to_its_end() -> None:
    bench = Bench()
    bench.begin(0)
    bench.pushed(0, 9).ended(0, 1).fail()
    bench.pushed(0, 1, 2).ended(0, 2)
    bench.begin(0, revision=2, failures=2)
    bench.pushed(0, 1, 2).ended(0, 2)
    assert bench.run() == ([1, 2], [8])


def test_what_is_left_of_a_round_that_others_have_done_is_void_in_the_next() -> None:
    bench = Bench()
    bench.begin(0)
    bench.pushed(0, 1).ended(0, 1).fail()
    bench.pushed(0, 1)
    bench.begin(1)
    bench.pushed(1, 5).ended(1, 1)
    assert bench.run() == ([5], [5])
