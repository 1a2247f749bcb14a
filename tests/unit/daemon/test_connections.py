"""What the network did on the way to each peer adds up over connections that come and go."""

from __future__ import annotations

from swarmdsl.daemon.connections import Connections
from swarmdsl.daemon.measures import Measures
from swarmdsl.stats.totals import ConnectionTotals, decode_totals
from swarmdsl.transport.base import Reading
from swarmdsl.wire.session.switchboard import Switchboard
from tests.unit.wire.session.peers import identity

SINK, OTHER = "sink@n1#0", "other@n1#0"


def looking(*looks: list[Reading]) -> list[ConnectionTotals]:
    """What has come of them after the last of some looks."""
    connections = Connections({1: SINK, 2: OTHER, 3: SINK}.get)
    told: list[ConnectionTotals] = []
    for readings in looks:
        connections.readings = lambda: readings  # noqa: B023 - is called at once
        told = connections.look()
    return told


def test_a_connection_that_is_looked_at_again_is_counted_once() -> None:
    (one,) = looking([Reading(1, 4711, 10, 1, 0.002)], [Reading(1, 4711, 30, 4, 0.004)])
    assert (one.peer, one.opened, one.segments, one.retransmitted) == (SINK, 1, 30, 4)
    assert (one.round_trip.count, one.round_trip.min, one.round_trip.max) == (2, 0.002, 0.004)


def test_one_that_was_made_anew_begins_at_zero_and_is_added() -> None:
    (one,) = looking([Reading(1, 4711, 10, 7, 0.002)], [Reading(1, 4712, 5, 0, 0.002)])
    assert (one.opened, one.segments, one.retransmitted) == (2, 15, 7)


def test_what_is_gone_is_still_told_of() -> None:
    (one,) = looking([Reading(1, 4711, 10, 7, 0.002)], [])
    assert (one.opened, one.segments, one.retransmitted) == (1, 10, 7)


def test_a_peer_that_has_moved_is_one_peer() -> None:
    told = looking([Reading(1, 4711, 10, 0, 0.002), Reading(3, 4712, 20, 0, 0.002)])
    assert [(one.peer, one.opened, one.segments) for one in told] == [(SINK, 2, 30)]


def test_each_peer_is_told_of_by_itself_and_nobody_by_no_name() -> None:
    readings = [Reading(number, 4711, number, 0, 0.001) for number in (1, 2, 9)]
    assert [(one.peer, one.segments) for one in looking(readings)] == [(SINK, 1), (OTHER, 2)]


def test_the_network_is_looked_at_when_something_is_told() -> None:
    switchboard = Switchboard(identity(SINK))
    switchboard.dialled(OTHER, 5)
    measures = Measures(switchboard, 1.0)
    measures.read_from(lambda: [Reading(5, 4711, 8, 2, 0.05)])
    measures.tick(0.0)
    measures.grow()
    told = measures.last(1.0)
    assert told is not None
    (one,) = decode_totals(told.totals).connections
    assert (one.peer, one.segments, one.retransmitted) == (OTHER, 8, 2)


def test_who_has_left_before_anything_is_told_was_looked_at_when_the_work_had_ended() -> None:
    switchboard = Switchboard(identity(SINK))
    switchboard.dialled(OTHER, 5)
    measures, there = Measures(switchboard, 1.0), [Reading(5, 4711, 8, 2, 0.05)]
    measures.read_from(lambda: there)
    measures.tick(0.0)
    measures.grow()
    measures.ended()
    there.clear()
    told = measures.last(0.1)
    assert told is not None
    assert [one.peer for one in decode_totals(told.totals).connections] == [OTHER]
