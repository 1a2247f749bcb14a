"""`swarm prune`: remove old runs from disk."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from swarmdsl.cli.chosen import again, going_on
from swarmdsl.cli.command import Command
from swarmdsl.cli.durations import duration_s, shown_s
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.prune_containers import prune_containers
from swarmdsl.cli.values import as_json
from swarmdsl.control.home import RunFolder, find_run, list_runs
from swarmdsl.control.pruning import Prunable, prunable, prunable_run, remove
from swarmdsl.control.stored_run import is_lost, record_of
from swarmdsl.errors import SwarmError

OLD = "7d"
MEGABYTE = 1_000_000


def prune(command: Command) -> Exit:
    """Remove the runs that are named, or that ended long ago; their ids go to stdout.

    Containers of runs that nobody looks after are removed at any age: they are of no use. Where
    runs are named, nothing but these is removed.

    Raises:
        RunNotFound: no run, or more than one, is named so; nothing was removed.
        UsageError: nobody can be asked, and `--yes` is not given; or a run that is named has not
            ended.
    """
    arguments, now = command.arguments, time.time()
    found = _named(command, now) if arguments.runs else _old(command, now)
    if found and not arguments.dry_run and not arguments.yes and not _agreed(command, found):
        command.streams.say("nothing was removed")
        return Exit.OK
    if arguments.dry_run:
        _show(command, found)
        return Exit.OK
    return _remove(command, found, now)


def _named(command: Command, now: float) -> list[Prunable]:
    """The runs that are named, each once.

    Raises:
        UsageError: one of them has not ended, or a flag is of no use.
    """
    for flag in ("older_than", "images"):
        if getattr(command.arguments, flag):
            said = f"--{flag.replace('_', '-')}"
            raise UsageError(f"{said} is about other runs than those that are named: leave it out")
    folders = [find_run(command.home, run) for run in command.arguments.runs]
    return [_ended(command, folder, now) for folder in dict.fromkeys(folders)]


def _ended(command: Command, folder: RunFolder, now: float) -> Prunable:
    found = prunable_run(folder, now)
    if found is not None:
        return found
    if is_lost(record_of(folder)):
        raise UsageError(f"run {folder.id} is LOST and kept: {going_on(command, folder)}")
    raise UsageError(f"run {folder.id} has not ended: {again(command, 'stop', folder.id)} ends it")


def _old(command: Command, now: float) -> list[Prunable]:
    """The runs that ended longer ago than `--older-than`; says what is kept, and why."""
    older_s = duration_s(command.arguments.older_than or OLD, "--older-than")
    found = prunable(command.home, now - older_s, now)
    _say_lost(command)
    prune_containers(command)
    if not found:
        command.streams.say(f"no run under {command.home} ended more than {shown_s(older_s)} ago")
    return found


def _agreed(command: Command, found: Sequence[Prunable]) -> bool:
    """Ask, if there is somebody to ask."""
    if not sys.stdin or not sys.stdin.isatty():
        raise UsageError(
            f"{_summary(found)} would be removed, and nobody can be asked here: say --yes, or "
            "--dry-run to see them"
        )
    command.streams.say(f"{_summary(found)} will be removed. Go on? [y/N]")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _remove(command: Command, found: Sequence[Prunable], now: float) -> Exit:
    """Remove them; one that cannot be removed keeps none of the others."""
    removed, ended = [], Exit.OK
    for run in found:
        try:
            if remove(run, now):
                removed.append(run)
        except OSError as problem:
            command.streams.say(f"run {run.folder.id} cannot be removed: {problem}")
            ended = Exit.ENVIRONMENT
    _show(command, removed)
    return ended


def _show(command: Command, removed: Sequence[Prunable]) -> None:
    dry = command.arguments.dry_run
    if command.format == "json":
        command.streams.show(as_json({"dry_run": dry, "runs": [_document(one) for one in removed]}))
    else:
        command.streams.show("".join(f"{one.folder.id}\n" for one in removed))
    if removed:
        command.streams.say(f"{'would be removed' if dry else 'removed'}: {_summary(removed)}")


def _document(run: Prunable) -> dict[str, Any]:
    return {
        "run": run.folder.id,
        "state": run.state or None,
        "ended_at": run.ended_at,
        "bytes": run.size,
    }


def _summary(runs: Sequence[Prunable]) -> str:
    size = sum(one.size for one in runs)
    return f"{len(runs)} {'run' if len(runs) == 1 else 'runs'} ({size / MEGABYTE:.1f} MB)"


def _say_lost(command: Command) -> None:
    """Say what is kept although nothing of it goes on."""
    for folder in list_runs(command.home):
        with suppress(SwarmError, OSError):  # What cannot be read is kept without a word.
            if is_lost(record_of(folder)):
                command.streams.say(
                    f"run {folder.id} is LOST and kept: {going_on(command, folder)}"
                )
