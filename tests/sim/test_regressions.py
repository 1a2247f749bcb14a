"""What once was wrong, each with a schedule of faults under which it showed.

The seeds are those that failed. The schedule of the first did, until rounds became shorter: its
faults hit what they hit then. The others are told after the description of the bug.
"""

from __future__ import annotations

import pytest

from swarmdsl import Limits, Swarm
from swarmdsl.testing import Fault, FaultKind, simulate
from tests.sim.swarms.all import SWARMS

TOLD_EACH_TIME = Limits(batch_messages=Limits().inbox_messages)

KILL, KILL_NODE = FaultKind.KILL, FaultKind.KILL_NODE
KILL_CONTROLLER, PAUSE = FaultKind.KILL_CONTROLLER, FaultKind.PAUSE


def fault(at_s: float, kind: FaultKind, target: str, for_s: float = 0.0) -> Fault:
    return Fault(at_s=at_s, kind=kind, target=target, for_s=for_s)


def swarm_of(name: str) -> Swarm:
    """A swarm whose receivers tell all their credit, as they did when these schedules failed.

    With it told by steps there are fewer messages, and a schedule would hit other moments.
    """
    swarm = SWARMS[name]()
    if swarm.limits is None:  # else the inbox is so small that it is told each time anyway
        swarm.limits = TOLD_EACH_TIME
    return swarm


REGRESSIONS: dict[str, tuple[str, tuple[Fault, ...]]] = {
    "a trainer that ran again read the average of its own round": (
        "federated",
        (fault(0.1, KILL, "worker@node2#0"), fault(0.18, KILL_NODE, "node1")),
    ),
    "a controller that took over did not tell where daemons listen that had yet to come back": (
        "federated",
        (
            fault(0.06, KILL, "worker@node1#0"),
            fault(0.07, KILL_CONTROLLER, "controller", 0.05),
            fault(0.13, KILL, "worker@node2#0"),
        ),
    ),
    "what a daemon module had pushed to the run was forgotten with its process": (
        "stream",
        (fault(0.05, KILL, "sink@node1#0"),),
    ),
    "a killed controller's daemons stayed": (
        "words",
        (fault(0.05, KILL_CONTROLLER, "controller"),),
    ),
    "a loop's pushes were let in by nobody": ("loops", ()),
}
SEEDS = (1, 3, 41)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", REGRESSIONS)
def test_what_was_wrong_once_is_right(what: str, seed: int) -> None:
    name, schedule = REGRESSIONS[what]
    simulation = simulate(swarm_of(name), seed=seed, nodes=3, faults=schedule)
    assert sum(simulation.injected.values()) == len(schedule)


FAILED = {
    "values dealt by credit were discarded by who was done": ("dealt_by_room", (1, 62, 136, 310)),
    "an answer was lost, and nobody found out": ("dealt_by_room", (533, 707, 938, 960)),
    "two messages of a connection came in the wrong order": ("dealt_by_room", (4933,)),
    "a daemon that died twice while it started failed the run, rightly": ("dealt_by_room", (2826,)),
    "values were dealt in turn to who was done": ("dealt_in_turn", (202, 220, 1126)),
    "an END of a former process was taken for that of its successor": ("dealt_in_turn", (949,)),
    "a daemon that a dead controller had not started counted as lost": ("dealt_in_turn", (1892,)),
    "a run had failed, rightly, when its controller died on its way out": ("moved_daemon", (2464,)),
}


@pytest.mark.parametrize("what", FAILED)
def test_seeds_that_failed_once_pass(what: str) -> None:
    name, seeds = FAILED[what]
    for seed in seeds:
        simulate(swarm_of(name), seed=seed, nodes=3)


def test_nobody_waits_for_an_instance_that_was_done_when_its_daemon_was_given_up() -> None:
    simulation = simulate(SWARMS["kept"](), seed=695, nodes=3, only=[0, 2])
    assert simulation.injected[KILL]


def test_a_source_that_died_at_the_end_of_its_round_does_it_again_and_not_the_next() -> None:
    schedule = [fault(0.0516, KILL, "source@node1#0")]
    simulation = simulate(SWARMS["piled"](), seed=166, nodes=3, faults=schedule)
    assert simulation.injected[KILL]
