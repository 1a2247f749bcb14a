"""What is dealt out among instances, when who deals it dies."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.daemon.work import Run
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
    assert again.begin().values == [2]
    again.push(again.core._at_hand, 2)
    again.finish(again.core._at_hand)
    again.perform()
    world.settle()
    second = world.daemons["worker@n3#0"].begin()
    assert isinstance(second, Run), "its share was given to somebody who is done"
    assert second.arguments == {"values": [2]}
