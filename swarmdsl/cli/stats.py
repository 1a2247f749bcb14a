"""`swarm stats`: what a run has measured of its handlers, links and daemons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from swarmdsl.cli.chosen import chosen_run
from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.streams import Streams
from swarmdsl.cli.table import table
from swarmdsl.cli.values import as_json
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.stats.figures import shown_bytes, shown_count, shown_duration
from swarmdsl.stats.histogram import Histogram
from swarmdsl.stats.summary import (
    ConnectionStatistics,
    DaemonStatistics,
    HandlerStatistics,
    LinkStatistics,
    RunStatistics,
)

NONE = "-"
ROWS_MAX = 40  # of each table: about a screen; the JSON has all
_PARTS = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_HANDLERS = ("handler", "calls", "per s", "computing", "p50", "p99", "max", "waited p50", "p99")
_LINKS = ("link", "type", "pushes", "per s", "bytes", "frames", "round trip", "p99", "max")
_CONNECTIONS = ("network", "opened", "segments", "sent again", "round trip", "p99", "max")
CONNECTIONS_MAX = 10  # of which most was sent again, or which took longest
_DAEMONS = ("daemon", "at work", "busy", "blocked", "idle")


def stats(command: Command) -> Exit:
    """Show what a run has measured, the newest by default; one that still runs as it last told.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        UsageError: there is no run at all.
    """
    arguments = command.arguments
    stored = StoredRun.open(chosen_run(command))
    found = stored.statistics(recent=arguments.recent)
    if command.format == "json":
        command.streams.show(as_json({"run": stored.folder.id, **document_of(found)}))
        return Exit.OK
    if not found.daemons:
        command.streams.say(_nothing(stored))
        return Exit.OK
    handlers = found.handlers if arguments.instances else found.by_task()
    command.streams.show("\n".join(_lines(found, handlers, command.streams)) + "\n")
    return Exit.OK


def _nothing(stored: StoredRun) -> str:
    run = stored.folder.id
    if not stored.topology.limits.statistics_every_s:
        return f"run {run} measures nothing: its limits say statistics_every_s = 0"
    return f"run {run} has no statistics yet: a daemon tells them a second after its first work"


def document_of(found: RunStatistics) -> dict[str, Any]:
    """Statistics as JSON says them; durations in seconds."""
    return {
        "handlers": [_handler_of(one) for one in found.handlers],
        "links": [_link_of(one) for one in found.links],
        "daemons": [
            {
                "daemon": one.daemon,
                "alive_s": one.alive_s,
                "busy_s": one.busy_s,
                "blocked_s": one.blocked_s,
                "arrays": one.arrays,
            }
            for one in found.daemons
        ],
        "connections": [_connection_of(one) for one in found.connections],
    }


def _handler_of(one: HandlerStatistics) -> dict[str, Any]:
    return {
        "task": one.task,
        "instance": one.instance,
        "handler": one.handler,
        "calls": one.calls,
        "failed": one.failed,
        "rate": one.rate,
        "computing_s": _histogram_of(one.computing),
        "queue_wait_s": _histogram_of(one.queue_wait),
    }


def _link_of(one: LinkStatistics) -> dict[str, Any]:
    return {
        "source": one.source,
        "destination": one.destination,
        "type": one.type,
        "sent": one.sent,
        "sent_bytes": one.sent_bytes,
        "frames": one.frames,
        "rate": one.rate,
        "resent": one.resent,
        "received": one.received,
        "duplicates": one.duplicates,
        "unconfirmed": one.unconfirmed,
        "queued": one.queued,
        "missed": one.missed,
        "round_trip_s": _histogram_of(one.round_trip),
    }


def _connection_of(one: ConnectionStatistics) -> dict[str, Any]:
    return {
        "source": one.source,
        "destination": one.destination,
        "opened": one.opened,
        "segments": one.segments,
        "retransmitted": one.retransmitted,
        "round_trip_s": _histogram_of(one.round_trip),
    }


def _histogram_of(one: Histogram) -> dict[str, Any]:
    """A histogram; `buckets` by index, at scale 4."""
    return {
        "count": one.count,
        "sum": one.sum,
        "mean": one.mean,
        "min": one.min if one.count else None,
        "max": one.max,
        **{name: one.quantile(part) for name, part in _PARTS.items()},
        "zeros": one.zeros,
        "buckets": {str(bucket): times for bucket, times in sorted(one.buckets.items())},
    }


def _lines(
    found: RunStatistics, handlers: Sequence[HandlerStatistics], streams: Streams
) -> Iterator[str]:
    if handlers:
        yield from _limited(_HANDLERS, [_handler(one) for one in handlers], streams)
        yield from _failures(handlers)
        yield ""
    if found.links:
        yield from _limited(_LINKS, [_link(one) for one in found.links], streams)
        yield from _irregular(found.links)
        yield ""
    if found.connections:
        worst = [_connection(one) for one in _worst(found.connections)]
        yield from _limited(_CONNECTIONS, worst, streams, CONNECTIONS_MAX)
        yield ""
    yield from _limited(_DAEMONS, [_daemon(one) for one in found.daemons], streams)
    yield from _arrays(found.daemons)


def _limited(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    streams: Streams,
    most: int = ROWS_MAX,
) -> Iterator[str]:
    yield from table(columns, rows[:most], streams)
    if len(rows) > most:
        yield f"and {len(rows) - most} more: --format json has all"


def _handler(one: HandlerStatistics) -> list[str]:
    name = one.instance or one.task
    return [
        f"{name}.{one.handler}" if one.handler else name,
        shown_count(one.calls),
        shown_count(one.rate),
        *_spread(one.computing, ("mean", "p50", "p99", "max")),
        *_spread(one.queue_wait, ("p50", "p99")),
    ]


def _link(one: LinkStatistics) -> list[str]:
    return [
        f"{one.source} -> {one.destination}",
        one.type,
        shown_count(one.sent),
        shown_count(one.rate),
        shown_bytes(one.sent_bytes),
        shown_count(one.frames),
        *_spread(one.round_trip, ("p50", "p99", "max")),
    ]


def _worst(connections: Sequence[ConnectionStatistics]) -> list[ConnectionStatistics]:
    """Where the network hurt most comes first."""
    return sorted(
        connections,
        key=lambda one: (one.retransmitted, one.round_trip.quantile(0.5)),
        reverse=True,
    )


def _connection(one: ConnectionStatistics) -> list[str]:
    return [
        f"{one.source} -> {one.destination}",
        shown_count(one.opened),
        shown_count(one.segments),
        shown_count(one.retransmitted),
        *_spread(one.round_trip, ("p50", "p99", "max")),
    ]


def _spread(one: Histogram, wanted: Sequence[str]) -> list[str]:
    if not one.count:
        return [NONE] * len(wanted)
    known: Mapping[str, float] = {"mean": one.mean, "max": one.max}
    return [
        shown_duration(known[name] if name in known else one.quantile(_PARTS[name]))
        for name in wanted
    ]


def _daemon(one: DaemonStatistics) -> list[str]:
    idle_s = max(0.0, one.alive_s - one.busy_s - one.blocked_s)
    parts = (one.busy_s, one.blocked_s, idle_s)
    return [
        one.daemon,
        shown_duration(one.alive_s),
        *(f"{part / one.alive_s:.0%}" if one.alive_s else NONE for part in parts),
    ]


def _arrays(daemons: Sequence[DaemonStatistics]) -> Iterator[str]:
    """Who could not share large arrays, and had to copy them."""
    for one in daemons:
        if one.arrays.keys() - {"shared"}:
            told = [f"{shown_count(count)} {how}" for how, count in one.arrays.items()]
            yield f"{one.daemon}: large arrays {', '.join(told)}"


def _failures(handlers: Sequence[HandlerStatistics]) -> Iterator[str]:
    for one in handlers:
        if one.failed:
            yield f"{_handler(one)[0]}: {one.failed} failed"


def _irregular(links: Sequence[LinkStatistics]) -> Iterator[str]:
    """What did not go the straight way, and what still waits."""
    for one in links:
        counts = {
            "unconfirmed": one.unconfirmed,
            "queued": one.queued,
            "resent": one.resent,
            "duplicates": one.duplicates,
            **one.missed,
        }
        told = [f"{shown_count(count)} {name}" for name, count in counts.items() if count]
        if told:
            yield f"{one.source} -> {one.destination}: {', '.join(told)}"
