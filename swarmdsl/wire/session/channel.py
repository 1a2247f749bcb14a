"""The two ends of one channel: positions, credit and what is kept until it is confirmed.

Positions count pushes and ENDs from 0. A sender may be ahead of the credit by ENDs alone: they
take a place in the sequence but need no credit, so that a full inbox cannot hold a round open.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from swarmdsl.wire.codec import Payload


class Kept(NamedTuple):
    """A batch, or an END when `payload` is None, that the sender keeps until it is confirmed."""

    first: int
    places: int
    payload: Payload | None
    round: int
    pushed: int

    @property
    def upto(self) -> int:
        """The position behind it."""
        return self.first + self.places


class SendChannel:
    """The sender's end: assigns positions and keeps what is not confirmed.

    Attributes:
        next: the position that the next push gets.
        confirmed: everything below is forgotten.
        limit: the receiver's credit: positions below it may be sent.
        sent: what this receiver has, or will have by the present connection: the position behind.
    """

    __slots__ = (
        "_kept",
        "_reached",
        "_round_first",
        "_unconfirmed_max",
        "confirmed",
        "limit",
        "next",
        "sent",
    )

    def __init__(self, credit: int, unconfirmed_max: int) -> None:
        self.next = self.confirmed = self.sent = 0
        self._reached = 0  # the highest `sent` of all connections
        self.limit = credit
        self._unconfirmed_max = unconfirmed_max
        self._round_first = 0
        self._kept: deque[Kept] = deque()

    @property
    def room(self) -> int:
        """How many pushes may be added now."""
        return max(0, min(self.limit, self.confirmed + self._unconfirmed_max) - self.next)

    @property
    def unconfirmed(self) -> int:
        """How many positions are kept."""
        return self.next - self.confirmed

    def add(self, payload: Payload, count: int, round_number: int) -> Kept:
        """Give a batch its positions; there must be room for it."""
        assert 0 < count <= self.room, "a push without credit"
        return self._keep(Kept(self.next, count, payload, round_number, 0))

    def add_end(self, round_number: int) -> Kept:
        """Give the END of a round its position."""
        pushed = self.next - self._round_first
        kept = self._keep(Kept(self.next, 1, None, round_number, pushed))
        self._round_first = self.next
        return kept

    def _keep(self, kept: Kept) -> Kept:
        self._kept.append(kept)
        self.next = kept.upto
        return kept

    def confirm(self, upto: int) -> bool:
        """Forget what lies below `upto`; False if that is no news, or beyond what was sent."""
        if not self.confirmed < upto <= self.sent:
            return False
        self.confirmed = upto
        while self._kept and self._kept[0].upto <= upto:
            self._kept.popleft()
        return True

    def grant(self, limit: int) -> None:
        """Take a credit limit; an older one than the present is no news."""
        self.limit = max(self.limit, limit)

    def resume(self, expected: int, limit: int | None) -> None:
        """Go on from what the receiver said in WELCOME; None where it said no limit.

        A receiver that was started anew has less credit to give than the one before it had given.
        """
        self.sent = min(max(expected, self.confirmed), self._reached)
        if limit is not None:
            self.limit = limit

    def due(self) -> list[Kept]:
        """What is kept, not sent and within the credit, in order; an END needs no credit."""
        due: list[Kept] = []
        for kept in self._kept:
            if kept.payload is not None and kept.upto > self.limit:
                break
            if kept.upto > self.sent:
                due.append(kept)
        return due

    def send(self, kept: Kept) -> bool:
        """Note that it goes out now; whether it did before."""
        before = kept.first < self._reached
        self.sent = kept.upto
        self._reached = max(self._reached, kept.upto)
        return before


class ReceiveChannel:
    """The receiver's end: what it expects, what it has taken and what it has confirmed.

    Attributes:
        expected: the next new position.
        taken: positions handed to the task so far; credit follows it.
        confirmed: everything below needs no second delivery.
        unreadable: why what came for `expected` was rejected; empty if nothing was.
    """

    __slots__ = ("_capacity", "_granted", "confirmed", "expected", "taken", "unreadable")

    def __init__(self, first: int, capacity: int) -> None:
        self.expected = self.taken = self.confirmed = first
        self.unreadable = ""
        self._capacity = capacity
        self._granted = first + capacity

    def skip_to(self, first: int) -> None:
        """The sender keeps nothing below `first`: an earlier process of our name confirmed it."""
        skipped = max(0, first - self.expected)
        self.expected += skipped
        self.taken += skipped
        self.confirmed = max(self.confirmed, first)

    def advance(self, upto: int) -> None:
        """What lies below `upto` has come."""
        self.expected = upto
        self.unreadable = ""

    @property
    def limit(self) -> int:
        """The credit limit that the sender may be told now."""
        return self.taken + self._capacity

    def grant(self) -> int:
        """The credit limit, remembered as told."""
        self._granted = self.limit
        return self.limit

    def beyond_credit(self, upto: int) -> bool:
        """Whether a batch up to there was sent without credit."""
        return upto > self._granted

    def beyond(self, unconfirmed_max: int) -> int:
        """How many pushes a sender may have under way, which keeps at most so many unconfirmed."""
        return max(0, min(self._granted, self.confirmed + unconfirmed_max) - self.expected)
