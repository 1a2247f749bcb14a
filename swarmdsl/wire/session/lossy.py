"""The sending end of a channel that delivers at most once, and may drop what finds no credit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from swarmdsl.topology.model import Limits, Overflow
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.messages import POSITION_MAX
from swarmdsl.wire.session.channel import SendChannel
from swarmdsl.wire.session.retention import Kept, LinkCounts
from swarmdsl.wire.session.traffic import Trips
from swarmdsl.wire.session.watch import Watch


class _Waiting(NamedTuple):
    """A batch that has no position yet, so that it may still be dropped."""

    payload: Payload
    pushes: int
    round: int


class LossyChannel(SendChannel):
    """A push is forgotten when it is sent; an END is kept until it is confirmed.

    A batch gets its positions when there is credit for it. So what is dropped never had one, and a
    hole in the sequence is always what a broken connection has lost. With `drop_oldest` the
    newest batches wait for credit, at most `batch_messages` pushes; END seals them: they keep
    their places before it.

    Args:
        limits: the bounds of the channel.
        counts: of its link.
        overflow: what happens to a push without credit.
        watch: counts late confirmations, if somebody asked for that.
        trips: measures what leaves, likewise.
    """

    is_lossy = True

    __slots__ = ("_counts", "_overflow", "_waiting", "_waiting_pushes")

    def __init__(
        self,
        limits: Limits,
        counts: LinkCounts,
        overflow: Overflow,
        watch: Watch | None = None,
        trips: Trips | None = None,
    ) -> None:
        super().__init__(limits, counts, watch=watch, trips=trips)
        self._counts = counts
        self._overflow = overflow
        self._waiting: deque[_Waiting] = deque()
        self._waiting_pushes = 0

    @property
    def room(self) -> int:
        """How many pushes may be added now; any number if what finds no credit is dropped."""
        return self._fitting if self._overflow == "block" else POSITION_MAX

    @property
    def _fitting(self) -> int:
        """How many pushes may get their positions now."""
        if self._flight.room <= 0 or self._retention.size >= self._limits.unconfirmed_bytes:
            return 0
        kept_max = self._limits.unconfirmed_messages - self._retention.pushes
        return max(0, min(self.limit - self.next, kept_max))

    @property
    def first_kept(self) -> int:
        """Nothing below this position will be sent again."""
        kept = self._retention.beyond(-1)
        return kept[0].first if kept else self.next

    def admits(self, payload: Payload, count: int, round_number: int) -> bool:
        """Whether there is credit; what has none is dropped here, or waits in place of older."""
        if self._overflow == "block" or (not self._waiting and count <= self._fitting):
            return True
        if self._overflow == "drop_newest":
            self._counts.dropped += count
            return False
        self._waiting.append(_Waiting(payload, count, round_number))
        self._waiting_pushes += count
        while len(self._waiting) > 1 and self._waiting_pushes > self._limits.batch_messages:
            oldest = self._waiting.popleft()
            self._waiting_pushes -= oldest.pushes
            self._counts.dropped += oldest.pushes
        return False

    def hand_over(self) -> Iterator[Kept]:
        """As in any channel; what waits for credit has missed its receiver."""
        self._counts.dropped += self._waiting_pushes
        self._waiting.clear()
        self._waiting_pushes = 0
        yield from super().hand_over()

    def add_end(self, round_number: int) -> Kept:
        """Give the END of a round its position, behind all that waits."""
        self._place(POSITION_MAX)
        return super().add_end(round_number)

    def _place(self, pushes_max: int) -> None:
        """Give what waits its positions, as far as so many pushes reach."""
        while self._waiting and self._waiting[0].pushes <= pushes_max:
            payload, count, number = self._waiting.popleft()
            self._waiting_pushes -= count
            pushes_max -= count
            self._keep(Kept(self.next, count, payload, number, 0, payload.size))

    def grant(self, limit: int) -> None:
        """Take a credit limit, and give as many of the waiting their positions."""
        super().grant(limit)
        self._place(self._fitting)

    def resume(self, expected: int, limit: int | None) -> None:
        """Go on from what the receiver said in WELCOME.

        What it does not have and we do not keep is lost. The receiver learns of it by the next
        position that comes, and takes it as taken: so its credit is that much higher.
        """
        super().resume(expected, limit)
        if self._trips is not None:
            self._trips.recall(self.sent)
        if limit is not None:
            again = [
                kept for kept in self._retention.beyond(self.sent) if kept.first < self._reached
            ]
            self.limit += self._reached - self.sent - sum(kept.places for kept in again)
        self._skip_lost()
        self._place(self._fitting)

    def send(self, kept: Kept) -> bool:
        """Note that it goes out now; a push is thereby forgotten."""
        before = super().send(kept)
        if kept.payload is not None:
            self._retention.discard(kept)
        self._skip_lost()
        return before

    def _skip_lost(self) -> None:
        """What is sent next is the next that is kept, not the next position."""
        if self.sent < self._reached:
            kept = self._retention.beyond(self.sent)
            self.sent = min(kept[0].first, self._reached) if kept else self._reached
