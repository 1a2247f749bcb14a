"""Removes runs that have ended from disk. One that lives, or could be resumed, is never touched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from swarmdsl.control.claim import claimed, is_claimed
from swarmdsl.control.home import RUNS, RunFolder
from swarmdsl.control.state import RunState
from swarmdsl.control.store import Store
from swarmdsl.errors import StoreUnreadable

UNBORN_S = 3_600.0  # a folder without a store is a run that is being made, unless it is so old


@dataclass(frozen=True, slots=True, kw_only=True)
class Prunable:
    """A run that may be removed.

    Attributes:
        folder: of the run.
        ended_at: when it ended; of a folder in which none ever began, when that was last changed.
        state: how it ended; empty for such a folder.
        size: bytes on disk.
    """

    folder: RunFolder
    ended_at: float
    state: str
    size: int


def prunable(home: Path, before: float, now: float) -> list[Prunable]:
    """The runs that ended before a time, the oldest first. Nothing is changed."""
    found = [one for folder in run_folders(home) if (one := prunable_run(folder, now)) is not None]
    return sorted((one for one in found if one.ended_at < before), key=lambda one: one.ended_at)


def remove(run: Prunable, now: float) -> bool:
    """Remove it, unless somebody has come to look after it; whether it was removed.

    The store goes first: half a run is none, and the next pruning removes the rest.
    """
    try:
        with claimed(run.folder.path):
            if prunable_run(run.folder, now, is_mine=True) is None:
                return False
            run.folder.store.unlink(missing_ok=True)
            shutil.rmtree(run.folder.path)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True


def run_folders(home: Path) -> Iterator[RunFolder]:
    """All that lies where runs are kept, also what has no store yet or any more."""
    runs = home / RUNS
    if runs.is_dir():
        yield from (RunFolder(path) for path in sorted(runs.iterdir()) if path.is_dir())


def prunable_run(folder: RunFolder, now: float, *, is_mine: bool = False) -> Prunable | None:
    """The run, if it has ended, or if none ever began there; whatever is in doubt is kept."""
    try:
        ended_at, state = _end(folder)
    except (StoreUnreadable, OSError):
        return None
    if ended_at is None or (not is_mine and is_claimed(folder.path)):
        return None
    if not state and now - ended_at < UNBORN_S and not is_mine:
        return None
    return Prunable(folder=folder, ended_at=ended_at, state=state, size=size_of(folder.path))


def _end(folder: RunFolder) -> tuple[float | None, str]:
    if not folder.store.exists():
        return folder.path.stat().st_mtime, ""
    with Store.reading(folder.store) as store:
        record = store.run()
    if not RunState(record.state).final:
        return None, record.state
    return record.ended_at, record.state


def size_of(path: Path) -> int:
    """The bytes of all files below a folder, as far as they are there while we look."""
    sizes = 0
    for folder, _, files in os.walk(path):
        for name in files:
            with suppress(OSError):  # A run that goes on makes files and removes them.
                sizes += (Path(folder) / name).lstat().st_size
    return sizes
