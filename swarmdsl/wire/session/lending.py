"""The sending side of shared memory, towards one peer: which buffers it is only told of.

The peer is told where the arena is when the first buffer for it lies there, and until it has
answered that it sees it, buffers travel in their frames. On each new connection this begins anew,
with the peer saying what it still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from swarmdsl.wire.arena.sharing import Lender
from swarmdsl.wire.arena.slot import LENT_BYTES_MIN, Slot
from swarmdsl.wire.frames import Buffer
from swarmdsl.wire.messages import Mapped, Share


class Lending:
    """What one peer is lent of our arena.

    Args:
        peer: who reads.
        lender: our arena; None if there is none.
        say: tells the peer; it fills in the number of the connection.
    """

    __slots__ = ("_asked", "_lender", "_peer", "_say", "_sees")

    def __init__(self, peer: str, lender: Lender | None, say: Callable[[Share], None]) -> None:
        self._peer = peer
        self._lender = lender
        self._say = say
        self._asked = self._sees = False

    def begin(self) -> None:
        """A new connection begins: nothing is known of what the peer sees."""
        self._asked = self._sees = False

    def welcomed(self) -> None:
        """The connection stands. Who may hold something says now what that is."""
        if self._lender is not None and self._lender.has_lent(self._peer):
            self._ask(self._lender)

    def _ask(self, lender: Lender) -> None:
        found = lender.announcement()
        if found is not None and not self._asked:
            self._asked = True
            self._say(Share(0, *found))

    def mapped(self, message: Mapped) -> None:
        """The peer has looked for our arena."""
        if self._lender is None or not self._asked:
            return
        self._sees = message.process > 0
        if self._sees:
            self._lender.settled(self._peer, message.process, message.held)

    def returned(self, slots: list[Slot]) -> int:
        """The peer has let go of slots; returns how many of them it did not have."""
        if self._lender is None:
            return len(slots)
        return self._lender.returned(self._peer, slots)

    def lend(self, buffers: Sequence[Buffer]) -> tuple[list[Slot | None], list[Buffer]]:
        """How these buffers travel: where each of them lies, and those that lie nowhere.

        The first list is empty if all travel in their frames.
        """
        lender = self._lender
        if lender is None:
            return [], [*buffers]
        slots = [self._slot(lender, buffer) for buffer in buffers]
        if not any(slots):
            return [], [*buffers]
        inline = [one for one, slot in zip(buffers, slots, strict=True) if slot is None]
        return slots, inline

    def _slot(self, lender: Lender, buffer: Buffer) -> Slot | None:
        slot, counts = lender.slot_of(buffer), lender.counts
        if slot is None:
            counts.full += memoryview(buffer).nbytes >= LENT_BYTES_MIN
            return None
        if not self._sees:
            self._ask(lender)
            counts.unseen += 1
            return None
        lender.lend(self._peer, slot)
        counts.shared += 1
        counts.shared_bytes += slot.size
        return slot
