"""Whether somebody looks after a run: a lock that lasts exactly as long as its controller."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLAIM = "controller.lock"  # in the run's folder; the kernel gives it back, however its holder ends


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the run's lock inside the block."""
    with (folder / CLAIM).open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def is_claimed(folder: Path) -> bool:
    """Whether a living process holds the run's lock."""
    try:
        with (folder / CLAIM).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
