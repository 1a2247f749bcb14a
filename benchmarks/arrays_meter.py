"""What is pushed in the benchmark of arrays, and what handles it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

MIB = 1024 * 1024
RING_BYTES = 32 * MIB  # that are under way at once, of those who have no bound of their own
Array = NDArray[np.float32]


def arrays(count: int, size: int) -> Iterator[Array]:
    """So many arrays of so many bytes: zeros, but for its number at the beginning of each.

    All are the same memory, which is altered for the next.
    """
    array = np.zeros(size // 4, dtype=np.float32)
    for number in range(count):
        array[0] = number
        yield array


class Meter:
    """Sums every array, and notes when the first and the last were there.

    Args:
        count: how many will come.
    """

    def __init__(self, count: int) -> None:
        self.total = 0.0
        self.began_ns = self.ended_ns = 0
        self._count = count
        self._handled = 0
        self._bytes = 0

    def take(self, array: Any) -> None:
        """One array."""
        self.total += float(array.sum())
        self._handled += 1
        if self._handled == 1:
            self.began_ns = time.monotonic_ns()
        else:
            self._bytes += array.nbytes
        if self._handled == self._count:
            self.ended_ns = time.monotonic_ns()

    @property
    def is_over(self) -> bool:
        """Whether all have come."""
        return self._handled >= self._count

    def rate(self) -> float:
        """Gigabytes a second, behind the first, if each array came once.

        Raises:
            AssertionError: some did not, or came twice.
        """
        assert self._handled == self._count, "not all have come"
        assert self.total == self._count * (self._count - 1) / 2, "lost or doubled"
        return self._bytes / (self.ended_ns - self.began_ns)
