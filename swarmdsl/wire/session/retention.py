"""What a sender keeps until it is confirmed: in memory up to a bound, beyond it on a shelf."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec
from msgspec import structs

from swarmdsl.topology.model import Limits
from swarmdsl.wire.codec import Payload


class Shelf(Protocol):
    """Keeps payloads elsewhere than in memory. A session does no I/O: its owner hands one in."""

    def put(self, payload: Payload) -> int:
        """Keep a payload; returns the ticket for it."""

    def get(self, ticket: int) -> Payload:
        """The payload of a ticket; it stays on the shelf."""

    def drop(self, ticket: int) -> None:
        """Forget the payload of a ticket."""


class Shelved(NamedTuple):
    """Stands for a payload that is on the shelf."""

    ticket: int


class Kept(msgspec.Struct, frozen=True, gc=False):
    """A batch, or an END when `payload` is None, that the sender keeps until it is confirmed."""

    first: int
    places: int
    payload: Payload | Shelved | None
    round: int
    pushed: int
    size: int = 0

    @property
    def upto(self) -> int:
        """The position behind it."""
        return self.first + self.places


class LinkCounts(msgspec.Struct, gc=False):
    """What became of the pushes of one link beside being sent once and confirmed in time.

    Exact, over all channels of the link that start in one process. All start at zero.

    Attributes:
        spilled: pushes that went to disk until they were confirmed.
        spilled_bytes: of those.
        dropped: pushes that found no credit, on a link that drops them then.
        lost: pushes that were sent, on a link that delivers at most once, and did not arrive.
        timed_out: pushes that were not confirmed within the response timeout.
        orphaned: pushes to an instance that is lost for good, and that the run goes on without:
            those that it had not confirmed, and those that would have followed.
    """

    spilled: int = 0
    spilled_bytes: int = 0
    dropped: int = 0
    lost: int = 0
    timed_out: int = 0
    orphaned: int = 0


class Retention:
    """The batches and ENDs of one channel in their order, until they are confirmed.

    Args:
        limits: how much of them is kept in memory.
        shelf: takes what is beyond; without one the owner must not add more than the bound.
        counts: of the link.

    Attributes:
        pushes: how many of those kept are in memory.
        size: the bytes of those.
        spills: whether there is a place for what is beyond the bound.
    """

    __slots__ = ("_counts", "_kept", "_limits", "_shelf", "pushes", "size", "spills")

    def __init__(self, limits: Limits, shelf: Shelf | None, counts: LinkCounts) -> None:
        self._limits = limits
        self._shelf = shelf
        self.spills = shelf is not None
        self._counts = counts
        self._kept: list[Kept] = []
        self.pushes = self.size = 0

    def add(self, kept: Kept) -> None:
        """Keep a batch or an END behind all others."""
        payload = kept.payload
        if self._shelf is not None and isinstance(payload, Payload) and self._is_beyond(kept):
            kept = structs.replace(kept, payload=Shelved(self._shelf.put(payload)))
            self._counts.spilled += kept.places
            self._counts.spilled_bytes += kept.size
        elif payload is not None:
            self.pushes += kept.places
            self.size += kept.size
        self._kept.append(kept)

    def _is_beyond(self, kept: Kept) -> bool:
        return (
            self.pushes + kept.places > self._limits.unconfirmed_messages
            or self.size + kept.size > self._limits.unconfirmed_bytes
        )

    def payload_of(self, kept: Kept) -> Payload | None:
        """The values of a batch, from the shelf if they are there; None of an END."""
        if isinstance(kept.payload, Shelved):
            assert self._shelf is not None, "who shelved it?"
            return self._shelf.get(kept.payload.ticket)
        return kept.payload

    def beyond(self, position: int) -> Sequence[Kept]:
        """What is kept and ends behind a position, in order."""
        return self._kept[bisect_right(self._kept, position, key=lambda kept: kept.upto) :]

    def discard(self, kept: Kept) -> None:
        """Forget one batch, whatever lies before it."""
        del self._kept[self._kept.index(kept)]
        self._release(kept)

    def confirm(self, upto: int) -> None:
        """Forget what ends at or before a position."""
        done = 0
        for kept in self._kept:
            if kept.first + kept.places > upto:
                break
            done += 1
            self._release(kept)
        del self._kept[:done]

    def _release(self, kept: Kept) -> None:
        if isinstance(kept.payload, Shelved):
            assert self._shelf is not None, "who shelved it?"
            self._shelf.drop(kept.payload.ticket)
        elif kept.payload is not None:
            self.pushes -= kept.places
            self.size -= kept.size
