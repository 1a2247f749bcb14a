"""Memory of another process, which it has announced: mapped here to be read, and nothing else."""

from __future__ import annotations

import fcntl
import mmap
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from swarmdsl.daemon.huge_pages import mapped_for_huge_pages
from swarmdsl.wire.arena.sharing import Announcement
from swarmdsl.wire.frames import Buffer

_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def mapped(announcement: Announcement) -> memoryview:
    """The memory, as long as anything refers to it; whatever becomes of its owner.

    Raises:
        OSError: it cannot be opened from here, as from another host.
        ValueError: what is there is something else: numbers of processes are used again.
    """
    with _opened(announcement) as descriptor:
        memory = mapped_for_huge_pages(descriptor, announcement.size, mmap.PROT_READ).memory
    _check(memory[: len(announcement.arena)], announcement)
    return memory


def mapped_whole(announcement: Announcement) -> mmap.mmap:
    """Likewise; all of it is there and will be read, so it is mapped at once, not page by page."""
    with _opened(announcement) as descriptor:
        flags = mmap.MAP_SHARED | mmap.MAP_POPULATE
        memory = mmap.mmap(descriptor, announcement.size, flags, mmap.PROT_READ)
    _check(memory[: len(announcement.arena)], announcement)
    return memory


@contextmanager
def _opened(announcement: Announcement) -> Iterator[int]:
    path = f"/proc/{announcement.process}/fd/{announcement.descriptor}"
    descriptor = os.open(path, _OPEN)
    try:
        status = os.fstat(descriptor)
        # Sealed, so that nobody can take away what is mapped: to read there would be the end.
        is_whole = stat.S_ISREG(status.st_mode) and status.st_size == announcement.size
        if not is_whole or not fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK:
            raise ValueError("nothing that was announced")
        yield descriptor
    finally:
        os.close(descriptor)


def _check(beginning: Buffer, announcement: Announcement) -> None:
    if beginning != announcement.arena:
        raise ValueError("what another has announced")
