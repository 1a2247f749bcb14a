"""`swarm stats`: what a run has measured of its handlers, links and daemons."""

from __future__ import annotations

from typing import Any

from swarmdsl.cli.chosen import chosen_run
from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.values import as_json
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.stats.histogram import QUANTILES, Histogram
from swarmdsl.stats.summary import (
    ConnectionStatistics,
    HandlerStatistics,
    LinkStatistics,
    RunStatistics,
)
from swarmdsl.stats.tables import lines_of, tables_of


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
    streams = command.streams
    lines = lines_of(
        tables_of(found, handlers),
        head=lambda line: streams.paint(line, "strong", streams.out),
        where=": --format json has all",
    )
    streams.show("\n".join(lines) + "\n")
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
        **{name: one.quantile(part) for name, part in QUANTILES.items()},
        "zeros": one.zeros,
        "buckets": {str(bucket): times for bucket, times in sorted(one.buckets.items())},
    }
