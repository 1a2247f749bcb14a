"""What a daemon has told of its links when its run has ended."""

from __future__ import annotations

from swarmdsl.control.state import RunState
from swarmdsl.daemon.reports import Measured
from swarmdsl.stats.totals import LinkTotals, decode_totals
from tests.handmade import link, task, topology
from tests.sim.hand_driven import World

SOURCE, SINK = "worker@n1#0", "worker@n2#0"


def told(world: World, number: int) -> LinkTotals:
    """What the sender of a link has told of it last."""
    totals = [
        one
        for report in world.controller.reports
        if isinstance(report, Measured)
        for one in decode_totals(report.totals).links
        if one.link == number and one.sent
    ]
    return totals[-1]


def test_what_is_confirmed_after_the_last_work_is_told_before_a_daemon_leaves() -> None:
    tasks = [task("source"), task("sum", nodes=["n2"])]
    links = [link("source", "sum", "values", gather=True), link("sum")]
    world = World(topology(tasks, links))
    world.settle()
    world.daemons[SOURCE].perform(1, 2)
    world.settle()
    for _ in range(8):
        world.tick()
    world.settle()
    assert told(world, 0).unconfirmed > 0, "the sum has not run yet"
    world.daemons[SINK].perform(3)
    world.settle()
    assert world.controller.core.state is RunState.COMPLETED
    assert (told(world, 0).sent, told(world, 0).unconfirmed) == (2, 0)
    assert told(world, 0).round_trip.count == 2
