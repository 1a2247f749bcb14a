"""`swarm globals`: the values that the tasks of a run share, as they stand."""

from __future__ import annotations

from swarmdsl.cli.chosen import chosen_run
from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.names import unknown
from swarmdsl.cli.table import table
from swarmdsl.cli.values import as_json, one_line, pretty
from swarmdsl.control.records import GlobalRow
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.wire.codec import decode_blob

_COLUMNS = ("tag", "version", "value")


def show_globals(command: Command) -> Exit:
    """Show the globals of a run, or the value of one.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        UsageError: the run has no global of this tag.
    """
    stored = StoredRun.open(chosen_run(command))
    rows = stored.global_rows()
    tag = command.arguments.tag
    if tag is not None:
        rows = _of(tag, rows)
    if command.format == "json":
        command.streams.show(as_json({"run": stored.folder.id, "globals": _documents(rows)}))
    elif tag is not None:
        _show_value(command, rows[0])
    elif rows:
        cells = [(row.tag, str(row.version), one_line(decode_blob(row.value))) for row in rows]
        command.streams.show("\n".join(table(_COLUMNS, cells, command.streams)) + "\n")
    else:
        command.streams.say(f"run {stored.folder.id} has no globals")
    return Exit.OK


def _of(tag: str, rows: list[GlobalRow]) -> list[GlobalRow]:
    found = [row for row in rows if row.tag == tag]
    if not found:
        raise UsageError(unknown("global", tag, [row.tag for row in rows]))
    return found


def _documents(rows: list[GlobalRow]) -> list[dict[str, object]]:
    return [
        {"tag": row.tag, "version": row.version, "value": decode_blob(row.value)} for row in rows
    ]


def _show_value(command: Command, row: GlobalRow) -> None:
    text, cut = pretty(decode_blob(row.value))
    command.streams.show(f"{text}\n")
    if cut:
        command.streams.say("the value is longer than shown: --format json has all of it")
