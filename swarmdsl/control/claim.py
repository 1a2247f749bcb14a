"""Whether somebody looks after a run: a lock that lasts exactly as long as its controller."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

CLAIM = "controller.lock"  # in the run's folder; the kernel gives it back, however its holder ends
ATTEMPTS = 20  # whoever asks `is_claimed` has the lock for a moment: that is no claim
ATTEMPT_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The process that holds a claim, so named that another process is never taken for it.

    Attributes:
        pid: its number, which the kernel gives to another one some day.
        started: when it was started, in the kernel's ticks since the machine was.
    """

    pid: int
    started: int


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the run's lock inside the block.

    Raises:
        BlockingIOError: another process, or another thread, holds it.
    """
    with (folder / CLAIM).open("a+b") as file:
        _lock(file)
        file.truncate(0)
        file.write(f"{os.getpid()} {_started(os.getpid())}\n".encode())
        file.flush()
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # also for what we forked, which has the file open


def is_claimed(folder: Path) -> bool:
    """Whether a living process holds the run's lock; what nobody may look at is in doubt held."""
    try:
        with (folder / CLAIM).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except (BlockingIOError, PermissionError):
        return True
    return False


def holder_of(folder: Path) -> Holder | None:
    """Who holds the run's lock; None if nobody does, or it cannot be told."""
    try:
        words = (folder / CLAIM).read_text("ascii", "replace").split()
        holder = Holder(pid=int(words[0]), started=int(words[1]))
    except (OSError, ValueError, IndexError):
        return None
    return holder if is_claimed(folder) and is_alive(holder) else None


def is_alive(holder: Holder) -> bool:
    """Whether this very process lives: not one that has got its number since.

    >>> is_alive(Holder(pid=os.getpid(), started=0))
    False
    """
    return holder.started == _started(holder.pid)


def _lock(file: BufferedRandom) -> None:
    for _ in range(ATTEMPTS - 1):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            threading.Event().wait(ATTEMPT_S)
        else:
            return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _started(pid: int) -> int:
    """When a process was started; -1 if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return -1
    return int(stat.rpartition(")")[2].split()[19])  # the name before it may hold anything
