"""What is dealt out among instances, when who deals it dies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmdsl.daemon.work import Handle, Run
from swarmdsl.topology.model import Limits, Topology
from tests.handmade import link, task, topology
from tests.sim.hand_driven import World

SOURCE, DEALER = "worker@n1#0", "deal@n4#0"


def dealt_by_a_daemon() -> Topology:
    """A daemon module deals what it gets among two functions, each on a node of its own."""
    return topology(
        [task("source"), task("deal", "daemon", ["n4"]), task("share", nodes=["n2", "n3"])],
        [
            link("source", "deal", "handle"),
            replace(link("deal", "share", "values", gather=True), policy="balance"),
            link("share", gather=True),
        ],
        limits=Limits(restarts=3),
    )


def test_a_daemon_that_deals_again_deals_as_before() -> None:
    """One share has been used and confirmed when the dealer dies; the other has not been run."""
    world = World(dealt_by_a_daemon())
    world.settle()
    source, dealer = world.daemons[SOURCE], world.daemons[DEALER]
    run = source.begin()
    for value in (1, 2):
        source.push(run, value)
        world.settle()
        dealer.perform(value)
    source.finish(run)
    world.settle()
    dealer.perform()
    world.settle()
    first = world.daemons["worker@n2#0"].begin()
    assert isinstance(first, Run)
    assert first.arguments == {"values": [1]}
    world.daemons["worker@n2#0"].push(first, 1)
    world.daemons["worker@n2#0"].finish(first)
    world.settle()
    world.restart(DEALER)
    again = world.daemons[DEALER]
    handled = again.perform(2)
    assert isinstance(handled, Handle)
    assert handled.values == [2]
    again.perform()
    world.settle()
    second = world.daemons["worker@n3#0"].begin()
    assert isinstance(second, Run), "its share was given to somebody who is done"
    assert second.arguments == {"values": [2]}


def dealt_by_room() -> Topology:
    """A daemon module deals among two instances of another, which feed a function."""
    return topology(
        [
            task("source"),
            task("deal", "daemon", ["n4"]),
            task("work", "daemon", ["n2", "n3"]),
            task("all", nodes=["n5"]),
        ],
        [
            link("source", "deal", "handle"),
            replace(link("deal", "work", "handle"), policy="balance"),
            link("work", "all", "values", gather=True),
            link("all"),
        ],
        limits=Limits(restarts=3, batch_messages=1),
    )


def handle_all(world: World, name: str) -> None:
    """A daemon module passes on what it gets, one after the other, up to its END."""
    daemon = world.daemons[name]
    while (work := daemon.core.next_work()) is not None:
        assert not isinstance(work, Handle) or daemon.push(work, *work.values)
        daemon.finish(work)
        world.settle()


@pytest.mark.parametrize("crashes", [1, 2])
def test_a_share_that_was_dealt_by_room_is_not_lost_with_who_dealt_it(crashes: int) -> None:
    """One instance has finished with its share; what is dealt to it now it takes for repeats."""
    world = World(dealt_by_room())
    world.settle()
    source = world.daemons[SOURCE]
    run = source.begin()
    for value in (1, 2, 3, 4):
        assert source.push(run, value)
    source.finish(run)
    world.settle()
    handle_all(world, DEALER)
    handle_all(world, "work@n2#0")
    for _ in range(crashes):
        world.restart(DEALER)
    handle_all(world, DEALER)
    handle_all(world, "work@n3#0")
    gathered = world.daemons["worker@n5#0"].begin()
    assert isinstance(gathered, Run)
    assert {*gathered.arguments["values"]} == {1, 2, 3, 4}
