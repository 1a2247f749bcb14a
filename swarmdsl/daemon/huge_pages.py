"""Shared memory in pages of 2 MiB, where the system has them: large arrays need few of its tables.

A page of 4 KiB is asked for, zeroed and entered in the processor's tables by itself, and a large
array has more of them than the processor keeps. Linux 6.1 and later put a stretch of shared memory
into one page when asked to (`MADV_COLLAPSE` of madvise(2)), also where it does not by itself. A
process sees it as one page if it is mapped at a multiple of 2 MiB. Nothing depends on either: what
is refused stays as it is.
"""

from __future__ import annotations

import errno
import mmap
import os
import time
from collections.abc import Callable
from contextlib import suppress

HUGE_BYTES = 2 * 1024 * 1024
"""Of a page, on x86-64, and on arm64 with small pages of 4 KiB; others refuse, which is all."""

GATHER_S = 0.01
"""For so long pages are gathered in a row. It takes 0.1 ms for each, and 5 ms in a virtual machine
that never had them: no other thread of Python runs meanwhile."""

_MADV_COLLAPSE = 25  # from linux/mman.h
_NOTHING = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
_ATTEMPTS = 8  # to get a map there


def mapped_for_huge_pages(descriptor: int, size: int, protection: int) -> mmap.mmap:
    """A shared map of a file's first bytes, at a multiple of `HUGE_BYTES` if that can be had.

    The system chooses where a map lies, and puts one below the other: so another one, by which the
    first has missed, goes between them for a moment. It may lie elsewhere, in a gap that is too
    small for the file; then it stays there until the next attempt has been made.

    Raises:
        OSError: as `mmap.mmap` does.
    """
    memory = mmap.mmap(descriptor, size, mmap.MAP_SHARED, protection)
    between: list[mmap.mmap] = []
    with suppress(OSError):  # as where a process may have no more than it has
        while size >= HUGE_BYTES and len(between) < _ATTEMPTS:
            missed = _address(memory) % HUGE_BYTES
            if not missed:
                break
            memory.close()
            between.append(mmap.mmap(-1, missed, _NOTHING, mmap.PROT_READ))
            memory = mmap.mmap(descriptor, size, mmap.MAP_SHARED, protection)
    for one in between:
        one.close()
    return mmap.mmap(descriptor, size, mmap.MAP_SHARED, protection) if memory.closed else memory


def _address(memory: mmap.mmap) -> int:
    import numpy as np

    first: int = np.frombuffer(memory, dtype=np.uint8, count=1).__array_interface__["data"][0]
    return first


def gather_pages(
    memory: mmap.mmap,
    descriptor: int,
    first: int,
    end: int,
    now_s: Callable[[], float] = time.monotonic,
) -> bool:
    """Give the whole stretches of `HUGE_BYTES` between two offsets a page each, as far as it goes.

    Returns whether it is worth trying again elsewhere: False if this system has none. The stretches
    that are left, when the time is over or there is no such page now, have no pages, or small ones.

    Args:
        memory: a map of the file.
        descriptor: of the file. A stretch that has no page at all is not gathered, so its first
            one is asked for.
        first: offset in the file, in bytes.
        end: offset behind the last byte.
        now_s: a clock; after `GATHER_S` no further one is gathered.
    """
    until_s = now_s() + GATHER_S
    try:
        for offset in range(-(-first // HUGE_BYTES) * HUGE_BYTES, end, HUGE_BYTES):
            if offset + HUGE_BYTES > end or now_s() > until_s:
                break
            os.posix_fallocate(descriptor, offset, 1)
            memory.madvise(_MADV_COLLAPSE, offset, HUGE_BYTES)
    except OSError as error:
        return error.errno != errno.EINVAL
    return True
