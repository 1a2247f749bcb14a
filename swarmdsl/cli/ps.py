"""`swarm ps`: which runs there are, and where they stand."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from swarmdsl.cli.chosen import going_on, say_unreadable
from swarmdsl.cli.command import Command
from swarmdsl.cli.durations import shown_s
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.standing import LOST, STYLES, Standing, standing_of
from swarmdsl.cli.table import table
from swarmdsl.cli.values import as_json
from swarmdsl.control.home import find_run, list_runs
from swarmdsl.errors import SwarmError

_COLUMNS = ("run", "swarm", "state", "since", "round", "daemons")


def ps(command: Command) -> Exit:
    """List the runs that have not ended, or all, the newest first."""
    found = [*_standings(command)]
    shown = [one for one in found if one.lives or command.arguments.all]
    if command.format == "json":
        command.streams.show(as_json({"runs": [document_of_standing(one) for one in shown]}))
    elif shown:
        command.streams.show("\n".join(_lines(shown, command)) + "\n")
    else:
        command.streams.say(_nothing(command, ended=len(found)))
    for one in shown:
        if one.state == LOST:
            command.streams.say(
                f"run {one.record.id} is LOST: the process that looked after it ended without a "
                f"word; {going_on(command, find_run(command.home, one.record.id))}"
            )
    return Exit.OK


def document_of_standing(standing: Standing) -> dict[str, Any]:
    """A run in the JSON of `ps` and `status`."""
    record, progress = standing.record, standing.progress
    return {
        "run": record.id,
        "swarm": record.swarm,
        "state": standing.state,
        "since": standing.since,
        "created_at": record.created_at,
        "ended_at": record.ended_at,
        "stop_asked_at": None if progress is None else progress.stop_asked_at,
        "round": None if progress is None else progress.round,
        "daemons": None if progress is None else progress.daemons,
        "daemons_connected": None if progress is None else progress.connected,
    }


def _standings(command: Command) -> Iterator[Standing]:
    for folder in list_runs(command.home):
        try:
            yield standing_of(folder)
        except (SwarmError, OSError) as problem:  # One that is broken hides no other.
            say_unreadable(command, folder, problem)


def _nothing(command: Command, *, ended: int) -> str:
    if not ended:
        return f"there are no runs under {command.home} yet: swarm run TARGET makes one"
    runs = "the 1 run" if ended == 1 else f"all {ended} runs"
    return f"no run is going on; swarm ps --all shows {runs}"


def _lines(shown: Sequence[Standing], command: Command) -> Iterator[str]:
    streams, now = command.streams, time.time()
    head, *rows = table(_COLUMNS, [_cells(one, now) for one in shown], streams)
    yield head
    for row, one in zip(rows, shown, strict=True):
        style = STYLES.get(one.state, "warning")
        yield row.replace(one.state, streams.paint(one.state, style, streams.out), 1)


def _state(standing: Standing) -> str:
    progress = standing.progress
    stopping = progress is not None and progress.stop_asked_at is not None
    return f"{standing.state}, stopping" if stopping else standing.state


def _cells(standing: Standing, now: float) -> list[str]:
    progress = standing.progress
    return [
        standing.record.id,
        standing.record.swarm,
        _state(standing),
        f"{shown_s(now - standing.since)} ago",
        "-" if progress is None or progress.round is None else str(progress.round),
        "-" if progress is None else f"{progress.connected}/{progress.daemons}",
    ]
