"""Which parts of an arena are free: offsets and lengths, no memory."""

from __future__ import annotations

from bisect import bisect_left

from swarmdsl.wire.arena.slot import Slot

ALIGNMENT = 64  # bytes: what vector instructions like, and a line of the processor's cache


class Allocator:
    """Gives out slots of an arena, at the lowest offset that fits, and takes them back.

    Low offsets first, so that a swarm which has little under way touches little memory.

    Args:
        size: of the arena, in bytes.
        first: what lies before this offset is not given out.

    Attributes:
        reach: the offset behind all that was ever given out.

    >>> arena = Allocator(1_024)
    >>> one, two = arena.take(100), arena.take(100)
    >>> one, two
    (Slot(offset=0, size=100, generation=1), Slot(offset=128, size=100, generation=2))
    >>> arena.give_back(one)
    >>> arena.take(100), arena.take(1_000)
    (Slot(offset=0, size=100, generation=3), None)
    """

    def __init__(self, size: int, first: int = 0) -> None:
        self.reach = first
        self._generations = 0
        # Each free stretch as its offset and its end: in order, and never one right at another.
        self._free = [(first, size)] if first < size else []

    @property
    def free_bytes(self) -> int:
        """How many bytes are free, in one piece or in many."""
        return sum(end - offset for offset, end in self._free)

    def take(self, size: int) -> Slot | None:
        """A slot of so many bytes, at least 1; None if no free stretch holds it."""
        assert size > 0, "nothing needs no slot"
        length = _rounded(size)
        for index, (offset, end) in enumerate(self._free):
            behind = offset + length
            if behind <= end:
                self._free[index : index + 1] = [(behind, end)] if behind < end else []
                self.reach = max(self.reach, behind)
                self._generations += 1
                return Slot(offset, size, self._generations)
        return None

    def give_back(self, slot: Slot) -> None:
        """A slot that was taken is free again; nobody reads it any more."""
        offset, end = slot.offset, slot.offset + _rounded(slot.size)
        index = bisect_left(self._free, (offset, end))
        if index < len(self._free) and self._free[index][0] == end:
            end = self._free.pop(index)[1]
        if index > 0 and self._free[index - 1][1] == offset:
            index -= 1
            offset = self._free.pop(index)[0]
        self._free.insert(index, (offset, end))


def _rounded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
