"""Each fault is carried out at its time, and counted only if there was something to hit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from swarmdsl.testing import Fault, FaultKind, Simulation, simulate
from tests.sim.swarms.words import Words

LATE_S = 200.0  # long after the run is over
WORKER = "worker@node1#0"


def run(*faults: Fault) -> Simulation:
    return simulate(Words(), seed=1, nodes=3, faults=faults)


def fault(kind: FaultKind, target: str, for_s: float = 0.0, extra_s: float = 0.0) -> Fault:
    return Fault(at_s=0.04, kind=kind, target=target, for_s=for_s, extra_s=extra_s)


def lines(simulation: Simulation, word: str) -> list[str]:
    found = [line.partition(" ")[2] for line in simulation.trace.lines()]
    return [line for line in found if line.startswith(word)]


@pytest.mark.parametrize(
    "one",
    [
        fault(FaultKind.KILL, WORKER),
        fault(FaultKind.PAUSE, WORKER, for_s=0.1),
        fault(FaultKind.SLOW, WORKER, for_s=0.1, extra_s=0.1),
        fault(FaultKind.KILL_NODE, "node1"),
        fault(FaultKind.KILL_CONTROLLER, "controller", for_s=0.1),
    ],
    ids=lambda one: one.kind.value,
)
def test_what_hits_is_counted_and_recorded(one: Fault) -> None:
    simulation = run(one)
    assert simulation.injected == Counter([one.kind])
    assert lines(simulation, "fault ") == [f"fault {str(one).partition(' ')[2]}"]


@pytest.mark.parametrize(
    "one",
    [
        fault(FaultKind.KILL, "worker@nowhere#0"),
        fault(FaultKind.PAUSE, "worker@nowhere#0", for_s=0.1),
        Fault(at_s=0.0, kind=FaultKind.CUT, target=WORKER, other="controller"),
        Fault(at_s=LATE_S, kind=FaultKind.KILL, target=WORKER),
    ],
    ids=str,
)
def test_what_hits_nothing_is_not_counted(one: Fault) -> None:
    simulation = run(one)
    assert not simulation.injected
    assert lines(simulation, "fault ") == []


def test_a_node_dies_with_all_its_daemons() -> None:
    killed = lines(run(fault(FaultKind.KILL_NODE, "node1")), "exit ")
    killed = [line for line in killed if line.endswith(" killed")]
    assert killed
    assert all("@node1#" in line for line in killed)


def test_a_stopped_daemon_is_continued_in_time() -> None:
    simulation = run(fault(FaultKind.PAUSE, WORKER, for_s=0.25))
    assert lines(simulation, "continue ") == [f"continue {WORKER}"]


@pytest.mark.parametrize(
    "worsen",
    [
        lambda: Fault(at_s=0.0, kind=FaultKind.SLOW, target=WORKER, for_s=3.0, extra_s=0.5),
        lambda: Fault(
            at_s=0.0, kind=FaultKind.PARTITION, target="node1", other="controller", for_s=0.5
        ),
        lambda: Fault(
            at_s=0.0, kind=FaultKind.ONE_WAY, target="node1", other="controller", for_s=0.5
        ),
        lambda: Fault(at_s=0.0, kind=FaultKind.CLOG, target=WORKER, other="controller", for_s=0.5),
    ],
    ids=["slow", "partition", "one-way", "clog"],
)
def test_bad_weather_makes_a_run_longer(worsen: Callable[[], Fault]) -> None:
    assert run(worsen()).duration_s > run().duration_s + 0.2
