"""`swarm results`: how a run ended, and what it has found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from swarmdsl.cli.chosen import chosen_run, going_on
from swarmdsl.cli.command import Command
from swarmdsl.cli.documents import document_of
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.standing import LOST, STYLES
from swarmdsl.cli.streams import Streams
from swarmdsl.cli.values import as_json, one_line, pretty
from swarmdsl.control.state import RunState
from swarmdsl.control.stored_run import StoredRun

_COLUMNS = ("tag", "task", "node", "iteration", "value")


def results(command: Command) -> Exit:
    """Show a stored run, the newest by default; one that still runs as it stands.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        UsageError: there is no run at all.
    """
    arguments = command.arguments
    stored = StoredRun.open(chosen_run(command))
    document = document_of(stored, arguments.tag, arguments.iteration)
    if command.format == "json":
        command.streams.show(as_json(document))
    else:
        command.streams.show("\n".join(_lines(document, command.streams)) + "\n")
    if document["state"] == LOST:
        command.streams.say(f"next   {going_on(command, stored.folder)}")
    narrowed = arguments.tag is not None or arguments.iteration is not None
    if narrowed and not document["results"]:
        command.streams.say(_nothing(stored, arguments.tag, arguments.iteration))
    return Exit.OK


def _nothing(stored: StoredRun, tag: str | None, iteration: int | None) -> str:
    """What was asked for, and what there is instead."""
    kept = stored.results(None)
    tags, rounds = sorted({one["tag"] for one in kept}), {one["iteration"] for one in kept}
    under = "" if tag is None else f" under {tag!r}"
    of = "" if iteration is None else f" of round {iteration}"
    known = "it has none at all"
    if kept:
        known = f"it has {', '.join(tags)}, of rounds {min(rounds)} to {max(rounds)}"
    return f"run {stored.folder.id} has no results{under}{of}; {known}"


def _lines(document: Mapping[str, Any], streams: Streams) -> Iterator[str]:
    reason = document["reason"]
    style = STYLES.get(document["state"], "warning")
    state = streams.paint(document["state"], style, streams.out)
    yield f"run    {document['run']}  {document['swarm']}"
    yield f"state  {state}" + (f": {reason['text']}" if reason else "")
    if reason and reason["details"]:
        yield from (f"    {line}" for line in reason["details"].rstrip().splitlines())
    yield f"time   {_time(document)}"
    if document["state"] == RunState.COMPLETED.value:
        text, _ = pretty(document["value"])
        yield from _hanging("value  ", text)
    if document["results"]:
        yield ""
        yield from _table(document["results"], streams)


def _time(document: Mapping[str, Any]) -> str:
    began = datetime.fromtimestamp(document["created_at"], UTC)
    text = f"{began:%Y-%m-%d %H:%M:%S} UTC"
    if document["ended_at"] is None:
        return text
    return f"{text}, took {document['ended_at'] - document['created_at']:.1f} s"


def _hanging(head: str, text: str) -> Iterator[str]:
    for index, line in enumerate(text.splitlines()):
        yield f"{head if index == 0 else ' ' * len(head)}{line}"


def _table(found: Sequence[Mapping[str, Any]], streams: Streams) -> Iterator[str]:
    """Columns as wide as they must be; a value is cut, the JSON format has it all."""
    rows = [
        [*(str(one[column]) for column in _COLUMNS[:-1]), one_line(one["value"])] for one in found
    ]
    widths = [max(len(cell) for cell in cells) for cells in zip(_COLUMNS, *rows, strict=True)]
    yield streams.paint(_row(_COLUMNS, widths), "strong", streams.out)
    yield from (_row(row, widths) for row in rows)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
