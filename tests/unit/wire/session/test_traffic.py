"""What leaves and comes on a link, and how long it is away."""

from __future__ import annotations

from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.channel import SendChannel
from swarmdsl.wire.session.lossy import LossyChannel
from swarmdsl.wire.session.retention import LinkCounts
from swarmdsl.wire.session.terms import Terms
from swarmdsl.wire.session.traffic import Clock, Traffic, Trips
from tests.unit.wire.session.peers import ROUND, values

KEY = ChannelKey(0, 0, 0)


def sender(terms: Terms | None = None) -> tuple[SendChannel, Terms]:
    terms = terms or Terms(Limits())
    return terms.open(KEY), terms


def push(channel: SendChannel, count: int) -> None:
    channel.send(channel.add(values(count), count, ROUND))


def test_a_push_is_away_until_it_is_confirmed() -> None:
    channel, terms = sender()
    terms.tick(10.0)
    push(channel, 3)
    terms.tick(10.5)
    push(channel, 1)
    terms.tick(11.0)
    channel.confirm(4)
    traffic = terms.traffic(0)
    assert (traffic.sent, traffic.frames) == (4, 2)
    assert traffic.sent_bytes == values(3).size + values(1).size
    seen = traffic.round_trip.histogram
    assert (seen.count, seen.min, seen.max, seen.sum) == (4, 0.5, 1.0, 3.5)


def test_a_batch_that_is_confirmed_in_part_is_away() -> None:
    channel, terms = sender()
    push(channel, 3)
    channel.confirm(2)
    assert terms.traffic(0).round_trip.histogram.count == 0


def test_an_end_is_no_push() -> None:
    channel, terms = sender()
    channel.send(channel.add_end(0))
    channel.confirm(1)
    traffic = terms.traffic(0)
    assert (traffic.sent, traffic.frames, traffic.round_trip.histogram.count) == (0, 0, 0)


def test_what_leaves_again_is_away_since_it_left_first() -> None:
    channel, terms = sender()
    push(channel, 2)
    channel.resume(0, None)
    terms.tick(1.0)
    for kept in channel.due():
        channel.send(kept)
    terms.tick(3.0)
    channel.confirm(2)
    traffic = terms.traffic(0)
    assert (traffic.sent, traffic.resent, traffic.round_trip.histogram.min) == (2, 2, 3.0)


def test_what_goes_to_another_receiver_is_away_no_more() -> None:
    channel, terms = sender()
    push(channel, 2)
    assert len([*channel.hand_over()]) == 1
    push(channel, 1)
    channel.confirm(3)
    assert terms.traffic(0).round_trip.histogram.count == 1


def test_what_is_lost_for_good_is_not_confirmed_by_what_comes_after_it() -> None:
    traffic = Traffic()
    channel = LossyChannel(Limits(), LinkCounts(), "block", trips=Trips(traffic, Clock()))
    push(channel, 2)
    channel.resume(0, None)
    push(channel, 1)
    channel.confirm(3)
    assert (traffic.sent, traffic.round_trip.histogram.count) == (3, 1)


def test_where_nothing_is_measured_nothing_is_counted() -> None:
    channel, terms = sender(Terms(Limits(statistics_every_s=0.0)))
    push(channel, 2)
    channel.confirm(2)
    assert dict(terms.all_traffic) == {}
