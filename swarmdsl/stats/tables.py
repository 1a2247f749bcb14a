"""What a run has measured as tables, for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from swarmdsl.stats.figures import shown_bytes, shown_count, shown_duration
from swarmdsl.stats.histogram import QUANTILES, Histogram
from swarmdsl.stats.summary import (
    ConnectionStatistics,
    DaemonStatistics,
    HandlerStatistics,
    LinkStatistics,
    RunStatistics,
)

NONE = "-"
ROWS_MAX = 40  # of each table: about a screen
CONNECTIONS_MAX = 10  # of which most was sent again, or which took longest
_HANDLERS = ("handler", "calls", "per s", "computing", "p50", "p99", "max", "waited p50", "p99")
_LINKS = ("link", "type", "pushes", "per s", "bytes", "frames", "round trip", "p99", "max")
_CONNECTIONS = ("network", "opened", "segments", "sent again", "round trip", "p99", "max")
_DAEMONS = ("daemon", "at work", "busy", "blocked", "idle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells below a head.

    Attributes:
        left: how many rows are not shown.
        notes: lines that belong below it.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 0
    notes: Sequence[str] = ()


def tables_of(found: RunStatistics, handlers: Sequence[HandlerStatistics]) -> Iterator[Table]:
    """The tables of what was measured; of `handlers` by instance, or by task."""
    if handlers:
        rows = [_handler(one) for one in handlers]
        yield _limited(_HANDLERS, rows, notes=_failures(handlers))
    if found.links:
        yield _limited(_LINKS, [_link(one) for one in found.links], notes=_irregular(found.links))
    if found.connections:
        worst = [_connection(one) for one in _worst(found.connections)]
        yield _limited(_CONNECTIONS, worst, most=CONNECTIONS_MAX)
    if found.daemons:
        daemons = [_daemon(one) for one in found.daemons]
        yield _limited(_DAEMONS, daemons, notes=_arrays(found.daemons))


def lines_of(
    tables: Iterable[Table],
    *,
    head: Callable[[str], str] = lambda line: line,
    where: str = "",
) -> Iterator[str]:
    """Tables as lines, with an empty one between two.

    Args:
        tables: to be shown.
        head: makes the first line of a table stand out.
        where: the rest of a table is, where it has too many rows.
    """
    for number, table in enumerate(tables):
        if number:
            yield ""
        first, *lines = laid_out(table.columns, table.rows)
        yield head(first)
        yield from lines
        if table.left:
            yield f"and {table.left} more{where}"
        yield from table.notes


def laid_out(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The head and a line for each row, with columns as wide as they must be.

    >>> [*laid_out(["task", "calls"], [["sum", "1"]])]
    ['task  calls', 'sum   1']
    """
    widths = [max(len(cell) for cell in cells) for cells in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def page_of(tables: Iterable[Table]) -> str:
    """Tables as HTML."""
    return "".join(_html(one) for one in tables)


def _html(table: Table) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in table.columns)
    rows = (f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    more = [f"and {table.left:,} more"] if table.left else []
    notes = "<br>".join(escape(one) for one in (*more, *table.notes))
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>{f'<p>{notes}</p>' if notes else ''}"


def _limited(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    most: int = ROWS_MAX,
    notes: Iterable[str] = (),
) -> Table:
    left = max(len(rows) - most, 0)
    return Table(columns=columns, rows=rows[:most], left=left, notes=[*notes])


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
        shown_duration(known[name] if name in known else one.quantile(QUANTILES[name]))
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
