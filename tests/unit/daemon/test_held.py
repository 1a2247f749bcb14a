"""What a task has pushed before it fails is seen by nobody, if it is tried elsewhere."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.topology.model import Limits, Topology
from swarmdsl.wire.messages import ChannelKey
from tests.handmade import link, task, topology
from tests.unit.daemon.test_outputs import Bench

TO_SINK = ChannelKey(0, 0, 0)


def retried(limits: Limits) -> Topology:
    spec, code = task("source")
    spec = replace(spec, retries=1, retries_elsewhere=True)
    return topology(
        [(spec, code), task("sink", "daemon")], [link("source", "sink", "take")], limits=limits
    )


def bench(**limits: int) -> Bench:
    return Bench(retried(Limits(**limits)), {0: int}, {0: [0], 1: [0]})


def pushed(made: Bench) -> int:
    return made.switchboard.to("sink@n1#0").channel(TO_SINK).next


def test_nothing_leaves_before_the_work_has_succeeded() -> None:
    made = bench()
    assert made.push(1, 2)
    assert made.push(3)
    assert (pushed(made), made.outputs.unseen) == (0, True)
    made.outputs.let_go()
    assert made.push(4)
    assert pushed(made) == 4
    assert made.outputs.finish(made.work, 0.1) == (4, {TO_SINK: 4})


def test_what_was_held_back_is_void_when_the_work_is_abandoned() -> None:
    made = bench()
    made.push(1, 2)
    made.outputs.abandon(made.work)
    made.outputs.begin(made.work, made.routes)
    made.push(7)
    made.outputs.let_go()
    assert made.outputs.flush()
    assert pushed(made) == 1
    assert made.outputs.finish(made.work, 0.1) == (1, {TO_SINK: 1})


def test_it_leaves_as_credit_comes_one_parcel_after_the_other() -> None:
    made = bench(inbox_messages=2, batch_messages=2)
    for number in range(3):
        assert made.push(2 * number, 2 * number + 1)
    made.outputs.let_go()
    assert not made.outputs.flush()
    assert pushed(made) == 2
    made.switchboard.to("sink@n1#0").channel(TO_SINK).grant(6)
    assert made.outputs.flush()
    assert pushed(made) == 6


def test_what_is_too_much_to_be_held_back_leaves_and_the_work_stays_here() -> None:
    made = bench(unconfirmed_bytes=4)
    made.push(1, 2, 3)
    assert made.outputs.unseen
    assert not made.push(4, 5)  # the channel is full with the first three
    assert (pushed(made), made.outputs.unseen) == (3, False)
