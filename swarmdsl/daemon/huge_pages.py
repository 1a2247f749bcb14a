"""Shared memory in pages of 2 MiB, where the system has them: large arrays need few of its tables.

A page of 4 KiB is asked for, zeroed and entered in the processor's tables by itself, and a large
array has more of them than the processor keeps. Linux 6.1 and later put a stretch of shared memory
into one page when asked to (`MADV_COLLAPSE` of madvise(2)), also where it does not by itself. A
process sees it as one page if it is mapped at a multiple of 2 MiB. Nothing depends on either: what
is refused stays as it is.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import mmap
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

HUGE_BYTES = 2 * 1024 * 1024
"""Of a page, on x86-64, and on arm64 with small pages of 4 KiB; others refuse, which is all."""

GATHER_S = 0.01
"""For so long pages are gathered in a row. It takes 0.1 ms for each, and 5 ms in a virtual machine
that never had them: no other thread of Python runs meanwhile."""

# From linux/mman.h, where Python does not have them.
_MADV_COLLAPSE = 25
_MAP_FIXED = 0x10
_MAP_NORESERVE = 0x4000


class HugeMap(NamedTuple):
    """A file as it is mapped.

    Attributes:
        memory: its bytes; whoever holds them, or a part of them, keeps the map.
        around: the map that they are within.
        offset: where in that they begin.
    """

    memory: memoryview
    around: mmap.mmap
    offset: int

    def gather_pages(
        self,
        descriptor: int,
        first: int,
        end: int,
        now_s: Callable[[], float] = time.monotonic,
    ) -> bool:
        """Give the whole stretches of `HUGE_BYTES` between two offsets a page each, if it goes.

        Returns whether it is worth trying again elsewhere: False if this system has none. The
        stretches that are left, when the time is over or there is no such page now, have no pages,
        or small ones.

        Args:
            descriptor: of the file. A stretch that has no page at all is not gathered, so its
                first one is asked for.
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
                self.around.madvise(_MADV_COLLAPSE, self.offset + offset, HUGE_BYTES)
        except OSError as error:
            return error.errno != errno.EINVAL
        return True


def mapped_for_huge_pages(descriptor: int, size: int, protection: int) -> HugeMap:
    """A shared map of a file's first bytes, at a multiple of `HUGE_BYTES` if that can be had.

    A map of nothing is made that is larger by a page, and the file is put over a part of it.

    Raises:
        OSError: as `mmap.mmap` does.
    """
    try:
        return _over_nothing(descriptor, size, protection)
    except OSError:  # as where a process may have no more than the file needs
        plain = mmap.mmap(descriptor, size, mmap.MAP_SHARED, protection)
        return HugeMap(memoryview(plain), plain, 0)


def _over_nothing(descriptor: int, size: int, protection: int) -> HugeMap:
    # Private: of what the file is put over, nothing is charged to anybody any more.
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE
    around = mmap.mmap(-1, size + HUGE_BYTES, flags, protection)
    address = _address(around)
    offset = -address % HUGE_BYTES
    there = _libc().mmap(
        address + offset, size, protection, mmap.MAP_SHARED | _MAP_FIXED, descriptor, 0
    )
    if there != address + offset:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return HugeMap(memoryview(around)[offset : offset + size], around, offset)


@functools.cache
def _libc() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_long,
    ]
    return libc


def _address(memory: mmap.mmap) -> int:
    import numpy as np

    first: int = np.frombuffer(memory, dtype=np.uint8, count=1).__array_interface__["data"][0]
    return first
