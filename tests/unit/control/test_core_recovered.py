"""What a controller does first that takes over from one that died."""

from __future__ import annotations

import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.instructions import Note
from swarmdsl.control.journal import AnyRecord, DaemonRestarted, RoundDecided
from swarmdsl.control.state import RunState
from swarmdsl.control.supervision import Kill, StartAgain
from swarmdsl.daemon.reports import WorkConfirmed
from swarmdsl.topology.model import Limits, Topology
from swarmdsl.wire.messages import ChannelKey
from tests.handmade import chain

DAEMONS = ("worker@n1#0", "double@n2#0", "worker@n2#0")
START_S = 60.0


@pytest.fixture
def swarm() -> Topology:
    return chain(Limits(restarts=3, start_timeout_s=START_S))


def journal(swarm: Topology, *, connected: int) -> list[AnyRecord]:
    """What a controller has written by the time that so many daemons have connected."""
    core = ControlCore(swarm, "r")
    for daemon in DAEMONS[:connected]:
        core.connected(daemon)
    return [one.record for one in core.drain() if isinstance(one, Note)]


def resumed(swarm: Topology, records: list[AnyRecord]) -> ControlCore:
    """A core that takes over when all daemons live."""
    core = ControlCore.recovered(swarm, "r", records)
    core.resume(set(DAEMONS), 0.0)
    return core


def killed(core: ControlCore, now_s: float) -> set[str]:
    """The daemons that the core wants killed at a time."""
    core.tick(now_s)
    return {one.daemon for one in core.drain() if isinstance(one, Kill)}


def test_a_daemon_that_is_busy_and_says_nothing_is_not_killed(swarm: Topology) -> None:
    core = resumed(swarm, journal(swarm, connected=3))
    assert killed(core, 1_000.0 * START_S) == set()
    assert killed(core, 2_000.0 * START_S) == set()


def test_a_daemon_that_may_never_have_connected_is_killed(swarm: Topology) -> None:
    again = DaemonRestarted(DAEMONS[0], 1)
    core = resumed(swarm, [*journal(swarm, connected=3), again])
    assert killed(core, START_S) == {DAEMONS[0]}


def test_one_that_has_connected_since_it_was_started_anew_is_busy(swarm: Topology) -> None:
    """In the round that it was started in, and in later ones, whose journals begin anew."""
    core = ControlCore(swarm, "r")
    for daemon in DAEMONS:
        core.connected(daemon)
    core.exited(DAEMONS[0], None, 9, 0.0)
    core.tick(10.0)
    core.connected(DAEMONS[0])
    records = [one.record for one in core.drain() if isinstance(one, Note)]
    assert killed(resumed(swarm, records), 1_000.0 * START_S) == set()
    core.request_round(None, None)
    for place in ("source@n1#0", "double@n2#0", "total@n2#0"):
        core.reported(core._rounds.instances[place].daemon, WorkConfirmed(place, 0))
    core.ended(ChannelKey(2, 0, 0), 0)
    core.proceed()
    (later,) = (one.record for one in core.drain() if isinstance(one, Note) and is_round(one))
    assert killed(resumed(swarm, [later]), 1_000.0 * START_S) == set()


def is_round(note: Note) -> bool:
    return isinstance(note.record, RoundDecided) and note.record.round == 1


def test_before_the_first_round_all_must_connect_in_time(swarm: Topology) -> None:
    core = resumed(swarm, journal(swarm, connected=2))
    assert killed(core, START_S) == set(DAEMONS)


def started(core: ControlCore, now_s: float) -> list[tuple[str, int, str]]:
    """The daemons that the core wants started at a time, and why."""
    core.tick(now_s)
    starts = (one for one in core.drain() if isinstance(one, StartAgain))
    return [(one.daemon, one.incarnation, one.cause) for one in starts]


def test_a_daemon_that_was_never_started_is_started_at_once_and_is_not_lost() -> None:
    core = ControlCore.recovered(chain(Limits(restarts=0)), "r", [])
    core.resume({DAEMONS[0]}, 0.0, unstarted=set(DAEMONS[1:]))
    cause = "the controller that died had not started it"
    assert sorted(started(core, 0.0)) == [(one, 1, cause) for one in sorted(DAEMONS[1:])]
    assert core.state is RunState.STARTING, core.reason


def test_its_first_death_is_the_first_that_counts() -> None:
    core = ControlCore.recovered(chain(Limits(restarts=1)), "r", [])
    core.resume(set(DAEMONS[1:]), 0.0, unstarted={DAEMONS[0]})
    started(core, 0.0)
    for daemon in DAEMONS:
        core.connected(daemon)
    core.exited(DAEMONS[0], None, 9, 1.0)
    assert started(core, 2.0) == [(DAEMONS[0], 2, "it was lost once")]
    assert core.state is RunState.RUNNING, core.reason
