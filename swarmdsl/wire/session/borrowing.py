"""The receiving side of shared memory, from one peer: buffers that are read where they lie.

A slot that nobody here looks at any more is returned. Each return is a word to the peer, so they
wait for what it is told anyway, unless they are many bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.errors import WireError
from swarmdsl.wire.arena.sharing import Announcement, Borrower
from swarmdsl.wire.arena.slot import Slot
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.frames import Buffer, Frames
from swarmdsl.wire.messages import Mapped, Share

RETURNED_BYTES_URGENT = 4 * 1024 * 1024
"""Returns are told at once when they are as much, or an eighth of their arena."""

UNSEEN = 0
"""The process of a reader that does not see the arena."""


class Borrowing:
    """What we hold of one peer's arena.

    Args:
        peer: who owns it.
        borrower: sees it; None if nobody does.
        size_max: of an arena, in bytes; a larger one is not looked at.
    """

    __slots__ = ("_borrower", "_bytes", "_peer", "_returned", "_size", "_size_max", "_urgent_bytes")

    def __init__(self, peer: str, borrower: Borrower | None, size_max: int) -> None:
        self._peer = peer
        self._borrower = borrower
        self._size_max = size_max
        self._size = 0  # of the arena that is seen
        self._returned: list[Slot] = []
        self._bytes = 0
        self._urgent_bytes = RETURNED_BYTES_URGENT

    def begin(self) -> None:
        """The process of the peer has left, or another of its name comes, with another arena."""
        self._forget()
        self._size = 0
        if self._borrower is not None:
            self._borrower.forget(self._peer)

    def open(self, share: Share) -> Mapped:
        """The peer tells where its arena is; returns what it is answered."""
        number, borrower = share.connection, self._borrower
        found = Announcement(share.arena, share.process, share.descriptor, share.size)
        self._forget()
        self._urgent_bytes = min(RETURNED_BYTES_URGENT, share.size // 8)
        fits = share.size <= self._size_max
        if borrower is None or not fits or not borrower.open(self._peer, found):
            return Mapped(number, UNSEEN, [])
        self._size = share.size
        return Mapped(number, borrower.process, [*borrower.held(self._peer)])

    def payload(self, frames: Frames, slots: Sequence[Slot | None]) -> Payload:
        """What came in slots, and in frames beside.

        Raises:
            WireError: the frames do not fit the slots, or there are no such slots.
        """
        if self._borrower is None or len(frames) - 1 != slots.count(None):
            raise WireError("a batch with other buffers than it names")
        if sum(slot.size for slot in slots if slot is not None) > self._size:
            raise WireError("a batch of more than its arena holds")
        inline = iter(frames[1:])
        buffers: list[Buffer] = [
            next(inline) if slot is None else self._borrower.view(self._peer, slot)
            for slot in slots
        ]
        return Payload(frames[0], tuple(buffers))

    def returned(self, slot: Slot) -> bool:
        """Nobody looks at a slot any more; True if the peer should be told soon."""
        self._returned.append(slot)
        self._bytes += slot.size
        return self._bytes >= self._urgent_bytes

    @property
    def owes(self) -> bool:
        """Whether there is something to return."""
        return bool(self._returned)

    def take(self) -> list[Slot]:
        """What to return; the peer is to be told."""
        returned = self._returned
        self._forget()
        return returned

    def _forget(self) -> None:
        self._returned, self._bytes = [], 0
