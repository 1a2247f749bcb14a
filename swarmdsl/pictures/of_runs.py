"""What a notebook shows of a run: its graph with what went over each link, and what it took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape

from swarmdsl.pictures.diagram import Arrow, Box, Diagram
from swarmdsl.pictures.grouped import BOXES_MAX, grouped
from swarmdsl.pictures.of_tasks import tasks_of
from swarmdsl.pictures.outline import to_text
from swarmdsl.pictures.svg import to_svg
from swarmdsl.stats.figures import shown_bytes, shown_duration
from swarmdsl.stats.histogram import Histogram
from swarmdsl.stats.summary import HandlerStatistics, LinkStatistics, RunStatistics
from swarmdsl.topology.model import LinkSpec, Topology

ROWS_MAX = 40  # of each table: about a screen
NONE = "-"
_HANDLERS = ("handler", "calls", "mean", "p99", "max", "waited p50", "p99")
_LINKS = ("link", "pushes", "bytes", "round trip p50", "p99", "max")

Row = Sequence[str]


def mimebundle_of(title: str, topology: Topology, measured: RunStatistics) -> dict[str, str]:
    """A run as a drawing, as a page with what it took, and as text; there is no script in it.

    Args:
        title: one line: which run it is, and how it stands.
        topology: that it executes.
        measured: by now, if it goes on.
    """
    diagram = with_counts(topology, measured)
    drawing = to_svg(diagram)
    tables = "".join(_tables(measured))
    folded = f"<details><summary>what it took</summary>{tables}</details>" if tables else ""
    return {
        "text/plain": f"{title}\n{to_text(diagram)}".rstrip(),
        "image/svg+xml": drawing,
        "text/html": f"<div><b>{escape(title)}</b>{drawing}{folded}</div>",
    }


def with_counts(topology: Topology, measured: RunStatistics) -> Diagram:
    """The tasks, with how often each was called and how many pushes each link carried.

    Durations are left to the tables: a drawing of two runs that did the same is the same. Where
    tasks are so many that those alike are drawn as one, so are the counts.
    """
    diagram = tasks_of(topology)
    if len(diagram.boxes) > BOXES_MAX:
        return grouped(diagram)
    handlers = measured.by_task()
    links = {(one.source, one.destination, one.type): one for one in measured.links}
    arrows = zip(diagram.arrows, topology.links, strict=True)
    return replace(
        diagram,
        boxes=tuple(_box(one, handlers) for one in diagram.boxes),
        arrows=tuple(_arrow(arrow, link, links) for arrow, link in arrows),
    )


def _box(box: Box, handlers: Sequence[HandlerStatistics]) -> Box:
    own = [one for one in handlers if one.task == box.id]
    calls, failed = sum(one.calls for one in own), sum(one.failed for one in own)
    told = [_number(calls, "call", "calls")] if calls else []
    told += [f"{failed:,} failed"] if failed else []
    return replace(box, lines=(*box.lines, ", ".join(told))) if told else box


def _arrow(
    arrow: Arrow, link: LinkSpec, links: dict[tuple[str, str, str], LinkStatistics]
) -> Arrow:
    found = links.get((link.source, link.destination, link.type or ""))
    if found is None:
        return arrow
    missed = [f"{count:,} {how}" for how, count in found.missed.items() if count]
    told = [arrow.label, _number(found.sent, "push", "pushes"), *missed]
    return replace(arrow, label=", ".join(filter(None, told)))


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _tables(measured: RunStatistics) -> Iterator[str]:
    if measured.handlers:
        yield _table(_HANDLERS, [_handler(one) for one in measured.by_task()])
    if measured.links:
        yield _table(_LINKS, [_link(one) for one in measured.links])


def _table(columns: Row, rows: Sequence[Row]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows[:ROWS_MAX]
    )
    rest = len(rows) - ROWS_MAX
    more = f'<tr><td colspan="{len(columns)}">and {rest:,} more</td></tr>' if rest > 0 else ""
    return f"<table><tr>{head}</tr>{body}{more}</table>"


def _handler(one: HandlerStatistics) -> Row:
    name = f"{one.task}.{one.handler}" if one.handler else one.task
    spent = (one.computing.mean, one.computing.quantile(0.99), one.computing.max)
    waited = (one.queue_wait.quantile(0.5), one.queue_wait.quantile(0.99))
    return (
        name,
        f"{one.calls:,}",
        *_durations(one.computing, spent),
        *_durations(one.queue_wait, waited),
    )


def _link(one: LinkStatistics) -> Row:
    trip = one.round_trip
    return (
        f"{one.source} -> {one.destination}",
        f"{one.sent:,}",
        shown_bytes(one.sent_bytes),
        *_durations(trip, (trip.quantile(0.5), trip.quantile(0.99), trip.max)),
    )


def _durations(of: Histogram, seconds: Sequence[float]) -> Iterator[str]:
    return (shown_duration(one) if of.count else NONE for one in seconds)
