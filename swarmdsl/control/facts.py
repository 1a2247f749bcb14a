"""Looks at this machine and a home, for `health` to judge. Nothing is changed."""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from swarmdsl.control.commanding import is_listened_to
from swarmdsl.control.health import SHARED, Facts
from swarmdsl.control.home import RUNS, RunFolder, list_runs
from swarmdsl.control.pruning import run_folders, size_of
from swarmdsl.control.resuming import why_not_lost_resumable
from swarmdsl.control.stored_run import is_lost, record_of
from swarmdsl.daemon.socket_folder import PARENT_OF_LAST_RESORT, SOCKET_FOLDER_PREFIX
from swarmdsl.errors import SwarmError

BOUND_SOCKETS = Path("/proc/net/unix")
YOUNG_S = 60.0  # a folder of sockets that is younger may belong to a run that is starting


def gather(home: Path) -> Facts:
    """The facts of this moment."""
    monotonic_s, wall_s = time.monotonic(), time.time()
    newest_s, lost, unreadable = _runs(home)
    kept = [*run_folders(home)]
    parent = _existing(home)
    temporary, temporary_problem = _temporary()
    return Facts(
        platform=sys.platform,
        implementation=sys.implementation.name,
        python=sys.version_info[:3],
        open_files=_open_files(),
        shared_bytes=None if _problem(Path(SHARED)) else shutil.disk_usage(SHARED).free,
        newest_run_s=newest_s,
        home=str(home),
        home_problem=_problem(parent) or _lock_problem(parent),
        home_mode=_mode(home),
        runs=len(kept),
        runs_bytes=sum(size_of(one.path) for one in kept),
        disk_bytes=shutil.disk_usage(parent).free,
        temporary=temporary,
        temporary_problem=temporary_problem,
        stale_sockets=[str(one) for one in _stale(Path(temporary), time.time())],
        lost_runs=lost,
        unreadable_runs=unreadable,
        unresumable_runs=[
            one for one in lost if why_not_lost_resumable(RunFolder(home / RUNS / one))
        ],
        wall_s=wall_s,
        wall_passed_s=time.time() - wall_s,
        monotonic_passed_s=time.monotonic() - monotonic_s,
    )


def _runs(home: Path) -> tuple[float | None, list[str], list[str]]:
    """When the newest was made, which are lost, and which cannot be read."""
    newest_s, lost, unreadable = None, list[str](), list[str]()
    for folder in list_runs(home):
        try:
            record = record_of(folder)
        except (SwarmError, OSError):
            if folder.store.exists():  # else it has just been pruned
                unreadable.append(folder.id)
            continue
        if is_lost(record):
            lost.append(folder.id)
        newest_s = max(newest_s or 0.0, record.created_at)
    return newest_s, lost, unreadable


def _temporary() -> tuple[str, str]:
    """Where temporary files go, and why nothing can be written there; empty if it can."""
    try:
        folder = tempfile.gettempdir()
    except FileNotFoundError as problem:  # It has tried to write to all that there are.
        return PARENT_OF_LAST_RESORT, str(problem.strerror or problem)
    return folder, _problem(Path(folder))


def _mode(path: Path) -> int | None:
    """What kind of file it is, and who may use it; None if there is none, or we may not ask."""
    try:
        return path.stat().st_mode
    except OSError:
        return None


def _existing(path: Path) -> Path:
    """The folder itself, or the next one above it that is there."""
    return next(one for one in (path, *path.parents) if _mode(one) is not None)


def _problem(folder: Path) -> str:
    """Why nothing can be written there; empty if it can."""
    mode = _mode(folder)
    if mode is None or not stat.S_ISDIR(mode):
        return "it is not there" if mode is None else "it is no folder"
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as problem:
        return f"nothing can be written to it: {problem.strerror or problem}"
    return ""


def _lock_problem(folder: Path) -> str:
    """Why nothing can be locked there, as on some network file systems; empty if it can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        return f"files in it cannot be locked (flock): {problem.strerror or problem}"
    return ""


def _open_files() -> int | None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def _stale(temporary: Path, now: float) -> Iterator[Path]:
    """Our folders of sockets in which no socket is bound, and no controller listens, any more."""
    try:
        bound = BOUND_SOCKETS.read_text("utf-8", "replace")
    except OSError:
        return  # it cannot be told
    for folder in sorted(temporary.glob(f"{SOCKET_FOLDER_PREFIX}????????")):
        try:
            status = folder.stat()
        except FileNotFoundError:
            continue  # its run has just ended
        is_old = now - status.st_mtime > YOUNG_S
        is_ours = status.st_uid == os.getuid()
        # Where containers or this process alone do the work, nobody has a socket there.
        if is_ours and is_old and f"{folder}/" not in bound and not is_listened_to(folder):
            yield folder
