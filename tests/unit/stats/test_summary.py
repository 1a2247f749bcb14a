"""What totals of many processes come to."""

from __future__ import annotations

from swarmdsl.stats.histogram import Histogram
from swarmdsl.stats.summary import summary
from swarmdsl.stats.totals import (
    ConnectionTotals,
    DaemonTotals,
    HandlerTotals,
    LinkTotals,
    decode_totals,
    encode_totals,
    since,
)
from swarmdsl.topology.model import Topology
from tests.handmade import link, task, topology

SINK = "sink@n1#0"


def two_sinks() -> Topology:
    tasks = [task("source", "daemon"), task("sink", "daemon", ("n1", "n2"))]
    return topology(tasks, [link("source", "sink", "take"), link("sink")])


def seen(*durations: float) -> Histogram:
    histogram = Histogram()
    for seconds in durations:
        histogram.add(seconds)
    return histogram


def handled(instance: str, *durations: float, alive_s: float = 2.0) -> DaemonTotals:
    handlers = [HandlerTotals(instance, "take", seen(*durations), seen(0.5), failed=1)]
    return DaemonTotals(alive_s, 1.0, 0.25, handlers, [])


def test_processes_of_one_instance_count_as_one() -> None:
    before, after = handled(SINK, 0.1, 0.2), handled(SINK, 0.3, alive_s=4.0)
    (one,) = summary(two_sinks(), [(SINK, before), (SINK, after)]).handlers
    assert (one.task, one.instance, one.handler) == ("sink", SINK, "take")
    assert (one.calls, one.failed, one.computing) == (3, 2, seen(0.1, 0.2, 0.3))
    assert one.rate == 3 / 6.0


def test_instances_of_one_task_are_taken_together() -> None:
    told = [(SINK, handled(SINK, 0.1)), ("sink@n2#0", handled("sink@n2#0", 0.2, 0.3))]
    found = summary(two_sinks(), told)
    assert [one.instance for one in found.handlers] == [SINK, "sink@n2#0"]
    (one,) = found.by_task()
    assert (one.task, one.instance, one.calls, one.failed) == ("sink", "", 3, 2)
    assert one.rate == 1 / 2.0 + 2 / 2.0


def test_both_ends_of_a_link_are_put_together() -> None:
    sends = LinkTotals(0, sent=10, sent_bytes=100, frames=2, resent=1, missed={"dropped": 3})
    takes = LinkTotals(0, received=9, duplicates=1, queued=4, missed={"dropped": 1, "late": 1})
    told = [
        ("source@n1#0", DaemonTotals(5.0, 1.0, 0.0, [], [sends])),
        (SINK, DaemonTotals(2.0, 1.0, 0.0, [], [takes])),
    ]
    (one,) = summary(two_sinks(), told).links
    assert (one.source, one.destination, one.type) == ("source", "sink", "int")
    assert (one.sent, one.received, one.resent, one.duplicates, one.queued) == (10, 9, 1, 1, 4)
    assert (one.rate, one.missed) == (2.0, {"dropped": 4, "late": 1})


def test_of_a_daemon_that_was_started_anew_only_the_last_process_holds_anything() -> None:
    died = LinkTotals(0, sent=10, unconfirmed=7, queued=3, resent=1)
    lives = LinkTotals(0, sent=30, unconfirmed=2, queued=1, resent=4)
    told = [("source@n1#0", DaemonTotals(1.0, 0.0, 0.0, [], [one])) for one in (died, lives)]
    (one,) = summary(two_sinks(), told).links
    assert (one.unconfirmed, one.queued, one.resent, one.sent) == (2, 1, 5, 40)
    assert one.rate == 20.0  # in two seconds, one after the other


def test_links_that_carry_ends_alone_are_left_out() -> None:
    tasks = [task("first"), task("second")]
    ends = topology(tasks, [link("first", "second", None)])
    told = [("worker@n1#0", DaemonTotals(1.0, 0.0, 0.0, [], [LinkTotals(0)]))]
    assert summary(ends, told).links == []


def test_a_daemon_has_the_time_of_all_its_processes() -> None:
    (one,) = summary(two_sinks(), [(SINK, handled(SINK)), (SINK, handled(SINK))]).daemons
    assert (one.daemon, one.alive_s, one.busy_s, one.blocked_s) == (SINK, 4.0, 2.0, 0.5)


def test_what_happened_since_is_the_difference_and_what_stands_stands() -> None:
    earlier = handled(SINK, 0.1)
    earlier.links.append(LinkTotals(1, sent=4, unconfirmed=4, missed={"dropped": 1}))
    now = decode_totals(encode_totals(handled(SINK, 0.1, 0.4, alive_s=3.0)))
    now.links.append(LinkTotals(1, sent=9, unconfirmed=2, missed={"dropped": 1}))
    now.links.append(LinkTotals(0, received=5))
    grown = since(now, earlier)
    assert (grown.alive_s, grown.handlers[0].failed) == (1.0, 0)
    assert grown.handlers[0].computing.buckets == seen(0.4).buckets
    assert (grown.links[0].sent, grown.links[0].unconfirmed, grown.links[0].missed) == (5, 2, {})
    assert grown.links[1] == LinkTotals(0, received=5)


def test_a_handler_that_is_new_is_all_new() -> None:
    now = handled(SINK, 0.1)
    assert since(now, DaemonTotals(1.0, 0.0, 0.0, [], [])).handlers == now.handlers


def lossy(segments: int, retransmitted: int, *round_trips: float) -> DaemonTotals:
    told = [ConnectionTotals("sink@n2#0", 1, segments, retransmitted, seen(*round_trips))]
    return DaemonTotals(2.0, 1.0, 0.0, [], [], connections=told)


def test_the_connections_of_all_processes_of_a_daemon_are_taken_together() -> None:
    told = [(SINK, lossy(100, 5, 0.05)), (SINK, lossy(50, 0, 0.001)), (SINK, handled(SINK))]
    (one,) = summary(two_sinks(), told).connections
    assert (one.source, one.destination, one.opened) == (SINK, "sink@n2#0", 2)
    assert (one.segments, one.retransmitted, one.round_trip.max) == (150, 5, 0.05)


def test_what_a_connection_lost_since_is_the_difference() -> None:
    earlier, now = lossy(100, 5, 0.05), decode_totals(encode_totals(lossy(150, 7, 0.05, 0.001)))
    (one,) = since(now, earlier).connections
    assert (one.opened, one.segments, one.retransmitted) == (0, 50, 2)
    assert one.round_trip.count == 1
    assert since(now, handled(SINK)).connections == now.connections
