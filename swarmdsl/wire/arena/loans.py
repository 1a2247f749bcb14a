"""Who still uses which slot of an arena: its owner until it is confirmed, and its readers.

A slot is free when its owner keeps it no more **and** each reader has returned it as often as it
was lent to it. What was lost with a connection is settled on the next one: the reader says what it
still holds, and all else that was lent to it is back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from swarmdsl.wire.arena.allocator import Allocator
from swarmdsl.wire.arena.slot import Slot


class Loans:
    """The slots of one arena that are in use.

    >>> loans = Loans(Allocator(1_024))
    >>> slot = loans.take(1_000)
    >>> loans.lend("reader", slot)
    >>> loans.let_go(slot), loans.take(1_000)
    (None, None)
    >>> loans.returned("reader", [slot])
    0
    >>> loans.take(1_000).offset
    0
    """

    def __init__(self, allocator: Allocator) -> None:
        self._allocator = allocator
        self._users: dict[Slot, int] = {}
        self._lent: dict[str, dict[Slot, int]] = {}  # how often each was lent to each reader

    @property
    def slots(self) -> int:
        """How many are in use."""
        return len(self._users)

    def take(self, size: int) -> Slot | None:
        """A slot that the owner keeps from now on; None if there is no room."""
        slot = self._allocator.take(size)
        if slot is not None:
            self._users[slot] = 1
        return slot

    def let_go(self, slot: Slot) -> None:
        """The owner keeps it no longer: it is confirmed, or was never pushed."""
        self._release(slot, 1)

    def lend(self, reader: str, slot: Slot) -> None:
        """A reader is told of a slot, once more."""
        self._users[slot] += 1
        lent = self._lent.get(reader)
        if lent is None:
            lent = self._lent[reader] = {}
        lent[slot] = lent.get(slot, 0) + 1

    def has_lent(self, reader: str) -> bool:
        """Whether a reader may hold something."""
        return bool(self._lent.get(reader))

    def returned(self, reader: str, slots: Iterable[Slot]) -> int:
        """A reader has let go of these; returns how many of them it did not have."""
        wrong = 0
        lent = self._lent.get(reader, {})
        for slot in slots:
            if slot in lent:
                self._take_back(lent, slot, 1)
            else:
                wrong += 1
        return wrong

    def settle(self, reader: str, held: Iterable[Slot] = ()) -> None:
        """A reader holds these, as often as they are named, and nothing else that was lent to it.

        A process that has ended holds nothing.
        """
        lent, still = self._lent.get(reader, {}), Counter(held)
        for slot, times in [*lent.items()]:
            self._take_back(lent, slot, max(0, times - still[slot]))

    def _take_back(self, lent: dict[Slot, int], slot: Slot, times: int) -> None:
        lent[slot] -= times
        if not lent[slot]:
            del lent[slot]
        self._release(slot, times)

    def _release(self, slot: Slot, times: int) -> None:
        self._users[slot] -= times
        if not self._users[slot]:
            del self._users[slot]
            self._allocator.give_back(slot)
