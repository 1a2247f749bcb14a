"""When a controller that took over says that the daemons are in its hands."""

from __future__ import annotations

from collections.abc import Collection

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import RunTakenOver
from swarmdsl.control.instructions import Note, Tell
from swarmdsl.topology.model import Limits
from tests.handmade import chain

DAEMONS = ("worker@n1#0", "double@n2#0", "worker@n2#0")
FIRST = DAEMONS[0]


def taken_over(
    alive: Collection[str], *, connected: int = len(DAEMONS), restarts: int = 3
) -> ControlCore:
    """A core that took over after so many daemons had connected, when these of them live."""
    swarm = chain(Limits(restarts=restarts))
    before = ControlCore(swarm, "r")
    for daemon in DAEMONS[:connected]:
        before.connected(daemon)
    journal = [one.record for one in before.drain() if isinstance(one, Note)]
    core = ControlCore.recovered(swarm, "r", journal)
    core.resume(set(alive), 0.0)
    return core


def told(core: ControlCore) -> list[RunTakenOver]:
    happenings = [one.happening for one in core.drain() if isinstance(one, Tell)]
    return [one for one in happenings if isinstance(one, RunTakenOver)]


def test_daemons_that_live_are_not_waited_for_as_they_may_be_busy() -> None:
    assert told(taken_over(DAEMONS)) == [RunTakenOver(absent=())]


def test_daemons_that_died_are_waited_for() -> None:
    core = taken_over(DAEMONS[2:])
    core.connected(DAEMONS[0])
    assert told(core) == []
    core.connected(DAEMONS[1])
    assert told(core) == [RunTakenOver(absent=())]


def test_before_the_first_round_all_are_waited_for() -> None:
    core = taken_over(DAEMONS, connected=1)
    core.connected(DAEMONS[0])
    core.connected(DAEMONS[1])
    assert told(core) == []
    core.connected(DAEMONS[2])
    assert told(core) == [RunTakenOver(absent=())]


def test_who_does_not_come_in_time_is_named() -> None:
    core = taken_over(DAEMONS[1:])
    core.start_timed_out(60.0)
    assert told(core) == [RunTakenOver(absent=(FIRST,))]


def test_it_is_told_once() -> None:
    core = taken_over(DAEMONS[1:])
    core.connected(FIRST)
    core.connected(FIRST)
    core.start_timed_out(60.0)
    assert told(core) == [RunTakenOver(absent=())]


def test_a_new_run_is_not_taken_over() -> None:
    core = ControlCore(chain(), "r")
    for daemon in DAEMONS:
        core.connected(daemon)
    core.start_timed_out(60.0)
    assert told(core) == []
