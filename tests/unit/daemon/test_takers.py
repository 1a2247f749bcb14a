"""A dealer that was started anew, and what those that it may deal to answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmdsl.daemon.reports import TAKES, TakesQuestion
from swarmdsl.daemon.work import Handle, Run
from swarmdsl.topology.model import Limits, Topology
from swarmdsl.wire.codec import encode_blob
from swarmdsl.wire.messages import Call, ChannelKey, Reply
from tests.handmade import link, task, topology
from tests.sim.hand_driven import World

SOURCE, DEALER, LEFT, RIGHT = "worker@n1#0", "deal@n4#0", "work@n2#0", "work@n3#0"
TO_LEFT = ChannelKey(1, 0, 0)


def pool() -> Topology:
    """A daemon module deals to two instances of another, whose pushes go to the run."""
    return topology(
        [task("source"), task("deal", "daemon", ["n4"]), task("work", "daemon", ["n2", "n3"])],
        [
            link("source", "deal", "handle"),
            replace(link("deal", "work", "handle"), policy="balance"),
            link("work"),
        ],
        limits=Limits(restarts=9),
    )


@pytest.fixture
def world() -> World:
    """Four values have come to the dealer, and nobody has taken any."""
    world = World(pool())
    world.settle()
    world.daemons[SOURCE].perform(1, 2, 3, 4)
    world.settle()
    return world


def pass_on(world: World, name: str) -> list[object]:
    """A daemon module passes on what there is for it to do; returns what it got."""
    got: list[object] = []
    daemon = world.daemons[name]
    while (work := daemon.core.next_work()) is not None:
        if isinstance(work, Handle):
            got += work.values
            assert daemon.push(work, *work.values)
        daemon.finish(work)
        world.settle()
    return got


def questions(world: World) -> list[Call]:
    return [call for call in world.controller.calls if call.method == TAKES]


def test_a_first_process_asks_nobody(world: World) -> None:
    assert pass_on(world, DEALER) == [1, 2, 3, 4]
    assert [*pass_on(world, LEFT), *pass_on(world, RIGHT)] == [1, 3, 2, 4]
    assert questions(world) == []


def test_a_new_process_asks_down_to_the_run(world: World) -> None:
    world.restart(DEALER)
    assert {(one.instance, one.iteration) for one in questions(world)} == {
        ("work@n2#0", 0),
        ("work@n3#0", 0),
    }


def test_who_is_done_is_dealt_nothing(world: World) -> None:
    pass_on(world, DEALER)
    pass_on(world, LEFT)
    world.restart(DEALER)
    again = pass_on(world, DEALER)
    assert {2, 4} <= {*again}
    assert pass_on(world, RIGHT) == again


def test_a_dealer_waits_until_all_have_answered(world: World) -> None:
    world.kill(DEALER)
    world.kill(LEFT)
    while DEALER not in world.daemons:
        world.tick()
    world.settle()
    if LEFT not in world.daemons:
        assert world.daemons[DEALER].core.next_work() is None
        while LEFT not in world.daemons:
            world.tick()
    for _ in range(4):
        world.settle()
        world.tick()
    assert isinstance(world.daemons[DEALER].core.next_work(), Handle)


def test_an_answer_that_is_lost_with_its_connection_is_asked_for_again(world: World) -> None:
    world.kill(DEALER)
    while DEALER not in world.daemons:
        world.tick()
    while not any(one.endswith("deal@n4: REPLY") for one in world.in_flight()):
        world.arrive()
    world.lose("REPLY", to="deal@n4")
    for receiver in (LEFT, RIGHT):
        world.daemons[DEALER].connect_anew(receiver)
    for _ in range(4):
        world.settle()
        world.tick()
    assert isinstance(world.daemons[DEALER].core.next_work(), Handle)


@pytest.mark.parametrize(
    "arguments",
    [
        b"nonsense",
        encode_blob(7),
        encode_blob(TakesQuestion(revision=0, channel=ChannelKey(-1, 0, 0))),
        encode_blob(TakesQuestion(revision=0, channel=ChannelKey(9, 0, 0))),
        encode_blob(TakesQuestion(revision=0, channel=ChannelKey(2, 0, 0))),
    ],
)
def test_a_question_that_makes_no_sense_is_counted_and_not_answered(
    world: World, arguments: bytes
) -> None:
    left = world.daemons[LEFT].core
    before = left.switchboard.counts.unexpected
    left._hear(DEALER, Call(1, 1, "deal@n4#0", 0, TAKES, arguments, ""))
    assert left.switchboard.counts.unexpected == before + 1
    assert not any(isinstance(one, Reply) for one in left.drain())


def test_an_answer_that_nobody_asked_for_is_counted(world: World) -> None:
    dealer = world.daemons[DEALER].core
    dealer._hear(LEFT, Reply(1, 12, ok=True, payload=encode_blob(False)))
    assert dealer.switchboard.counts.unexpected == 1


def test_a_question_of_a_newer_roster_is_answered_when_that_has_come(world: World) -> None:
    left = world.daemons[LEFT].core
    question = encode_blob(TakesQuestion(revision=1, channel=TO_LEFT))
    left._hear(DEALER, Call(1, 1, "deal@n4#0", 0, TAKES, question, ""))
    instance = left._instances[2, 0]
    assert instance.takes(0, 1) is None
    assert instance.takes(0, 0) is True


def test_one_that_gathers_is_through_when_it_has_run() -> None:
    world = World(topology([task("a"), task("b", nodes=["n2"])], [link("a", "b"), link("b")]))
    world.settle()
    world.daemons[SOURCE].perform(1)
    world.settle()
    gatherer = world.daemons["worker@n2#0"]
    told = [gatherer.core._instances[1, 0].takes(0, 0)]
    assert isinstance(gatherer.begin(), Run)
    told.append(gatherer.core._instances[1, 0].takes(0, 0))
    assert told == [True, False]
