"""How the C library of a daemon handles large pieces of memory: it keeps some that was freed.

A task that is given a large array in each round, and gives another, frees and takes the same memory
again and again. Left to itself, the C library returns such memory to the system when more than
twice the largest piece is free, and each page of it is then cleared and mapped anew: with arrays of
4 MB that took a daemon longer than to compute and to push them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping

HEAP_PIECE_BYTES = 33_554_432  # a larger piece is mapped by itself, and returned when it is freed
FREED_BYTES_MAX = 67_108_864  # so much stays with the daemon; what is beyond is returned

# Of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_SAID_BY = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")

SetOption = Callable[[int, int], object]
"""What sets an option of the C library's memory: `mallopt`."""


def keep_freed_memory(environment: Mapping[str, str], mallopt: SetOption | None = None) -> bool:
    """Let this process, and those it forks, keep what they have freed, up to `FREED_BYTES_MAX`.

    Nothing happens where the C library has no such option, or the environment says something of it.

    Args:
        environment: of the process.
        mallopt: sets an option; that of the C library unless given.

    Returns:
        Whether it was done.

    >>> said = {}
    >>> keep_freed_memory({}, said.__setitem__), said
    (True, {-3: 33554432, -1: 67108864})
    >>> keep_freed_memory({"MALLOC_TRIM_THRESHOLD_": "0"}, said.__setitem__)
    False
    """
    chosen: SetOption | None = mallopt or getattr(ctypes.CDLL(None), "mallopt", None)
    if chosen is None or any(name in environment for name in _SAID_BY):
        return False
    chosen(_MMAP_THRESHOLD, HEAP_PIECE_BYTES)
    chosen(_TRIM_THRESHOLD, FREED_BYTES_MAX)
    return True
