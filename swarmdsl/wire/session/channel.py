"""The two ends of one channel: positions, credit and what is kept until it is confirmed.

Positions count pushes and ENDs from 0. A sender may be ahead of the credit by ENDs alone: they
take a place in the sequence but need no credit, so that a full inbox cannot hold a round open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from msgspec import structs

from swarmdsl.topology.model import Limits
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.session.flight import Flight
from swarmdsl.wire.session.retention import Kept, LinkCounts, Retention, Shelf
from swarmdsl.wire.session.step import AT_ONCE, Step
from swarmdsl.wire.session.traffic import Trips
from swarmdsl.wire.session.watch import Watch


class SendChannel:
    """The sender's end: assigns positions and keeps what is not confirmed.

    Args:
        limits: the bounds of the channel.
        counts: of its link.
        shelf: takes what must be kept beyond the bound; without one the sender waits.
        watch: counts late confirmations, if somebody asked for that.
        trips: measures what leaves, and how long it is away; likewise.

    Attributes:
        next: the position that the next push gets.
        confirmed: everything below is forgotten.
        limit: the receiver's credit: positions below it may be sent.
        sent: what this receiver has, or will have by the present connection: the position behind.
    """

    is_lossy = False  # whether it has a say in what is added

    __slots__ = (
        "_flight",
        "_limits",
        "_reached",
        "_retention",
        "_round_first",
        "_trips",
        "_watch",
        "confirmed",
        "limit",
        "next",
        "sent",
    )

    def __init__(
        self,
        limits: Limits,
        counts: LinkCounts,
        shelf: Shelf | None = None,
        watch: Watch | None = None,
        trips: Trips | None = None,
    ) -> None:
        self.next = self.confirmed = self.sent = 0
        self._reached = 0  # the highest `sent` of all connections
        self.limit = limits.inbox_messages
        self._limits = limits
        self._round_first = 0
        self._retention = Retention(limits, shelf, counts)
        self._flight = Flight(limits.inbox_bytes)
        self._watch = watch
        self._trips = trips

    @property
    def room(self) -> int:
        """How many pushes may be added now."""
        if self._flight.room <= 0:
            return 0
        if self._retention.spills:
            return max(0, self.limit - self.next)
        if self._retention.size >= self._limits.unconfirmed_bytes:
            return 0
        kept_max = self.confirmed + self._limits.unconfirmed_messages
        return max(0, min(self.limit, kept_max) - self.next)

    @property
    def unconfirmed(self) -> int:
        """How many positions are kept."""
        return self.next - self.confirmed

    @property
    def first_kept(self) -> int:
        """Nothing below this position will be sent again."""
        return self.confirmed

    def admits(self, payload: Payload, count: int, round_number: int) -> bool:
        """Whether a batch is to be added, now that its owner lets go of it; asked if it is lossy.

        If it is not, all is.
        """
        return True

    def add(self, payload: Payload, count: int, round_number: int) -> Kept:
        """Give a batch its positions; there must be room for it."""
        assert 0 < count <= self.limit - self.next, "a push without credit"
        first, size = self.next, payload.size if payload.buffers else len(payload.body)
        kept = Kept(first, count, payload, round_number, 0, size)
        self._retention.add(kept)
        self.next = first + count
        if self._watch is not None:
            self._watch.begin(first, count)
        return kept

    def add_end(self, round_number: int) -> Kept:
        """Give the END of a round its position."""
        pushed = self.next - self._round_first
        kept = self._keep(Kept(self.next, 1, None, round_number, pushed))
        self._round_first = self.next
        return kept

    def _keep(self, kept: Kept) -> Kept:
        self._retention.add(kept)
        self.next = kept.first + kept.places
        if self._watch is not None and kept.payload is not None:
            self._watch.begin(kept.first, kept.places)
        return kept

    def take_over(self, kept: Iterable[Kept], upto: int) -> int:
        """Push here what another channel has kept, since our receiver takes the place of its own.

        Returns by how much the positions there, of which `upto` is behind the last, and here
        differ. A batch that was confirmed in part is pushed whole: the new receiver has none of it.
        What was pushed here before in the same round is void, and does not count in its END.
        """
        before, first = self.next, upto
        self._round_first = before
        for one in kept:
            first = min(first, one.first)
            self._keep(structs.replace(one, first=self.next))
            if one.payload is None:
                self._round_first = self.next
        return before - first

    def hand_over(self) -> Iterator[Kept]:
        """All that is kept, in order and with its payload; it is kept here no longer."""
        upto = self.next  # Who takes it over may be this channel.
        if self._trips is not None:
            self._trips.forget()
        for kept in self._retention.beyond(self.confirmed):
            yield structs.replace(kept, payload=self.payload_of(kept))
        self._retention.confirm(upto)

    def let_go(self, upto: int) -> bool:
        """What was handed over, up to there, is pushed anew; what of it was not sent never is.

        Returns whether there was any, so that the receiver must be told where to go on.
        """
        unsent = self.sent < upto
        self.confirmed, self.sent = upto, max(self.sent, upto)
        self._reached = max(self._reached, upto)
        return unsent

    def begin_anew(self) -> None:
        """What was handed over is no business of ours, and whoever was to receive it is gone.

        The positions go on behind it: what the former receiver has said of them must not be taken
        for the word of another one of its name.
        """
        self.let_go(self.next)
        if self._watch is not None:
            self._watch.confirm(self.next)

    def payload_of(self, kept: Kept) -> Payload | None:
        """The values of a batch that is kept, wherever they are; None of an END."""
        return self._retention.payload_of(kept)

    def confirm(self, upto: int) -> bool:
        """Forget what lies below `upto`; False if that is no news, or beyond what was sent."""
        if not self.confirmed < upto <= self.sent:
            return False
        self.confirmed = upto
        self._retention.confirm(upto)
        if self._watch is not None:
            self._watch.confirm(upto)
        if self._trips is not None:
            self._trips.confirm(upto)
        return True

    def conclude(self) -> bool:
        """Forget all, also what was not sent: nobody needs it; False if there is nothing."""
        self.sent = self._reached = self.next
        return self.confirm(self.next)

    def grant(self, limit: int) -> None:
        """Take a credit limit; an older one than the present is no news."""
        self.limit = max(self.limit, limit)
        self._flight.taken(self.limit - self._limits.inbox_messages)

    def resume(self, expected: int, limit: int | None) -> None:
        """Go on from what the receiver said in WELCOME; None where it said no limit.

        A receiver that was started anew has less credit to give than the one before it had given.
        """
        self.sent = min(max(expected, self.confirmed), self._reached)
        self._flight.recall(self.sent)
        if limit is not None:
            self.limit = limit
            self._flight.taken(limit - self._limits.inbox_messages)

    def due(self) -> list[Kept]:
        """What is kept, not sent and within the credit, in order; an END needs no credit."""
        due: list[Kept] = []
        room = self._flight.room
        for kept in self._retention.beyond(self.sent):
            if kept.payload is not None:
                if kept.upto > self.limit or room <= 0:
                    break
                room -= kept.size
            due.append(kept)
        return due

    def send(self, kept: Kept) -> bool:
        """Note that it goes out now; whether it did before."""
        before, upto = kept.first < self._reached, kept.first + kept.places
        self.sent = upto
        self._reached = max(self._reached, upto)
        if kept.payload is not None:
            self._flight.depart(upto, kept.size)
            if self._trips is not None:
                self._trips.depart(upto, kept.places, kept.size, again=before)
        return before


class ReceiveChannel:
    """The receiver's end: what it expects, what it has taken and what it has confirmed.

    Attributes:
        expected: the next new position.
        taken: positions handed to the task so far; credit follows it.
        confirmed: everything below needs no second delivery.
        unreadable: why what came for `expected` was rejected; empty if nothing was.
        end: the position behind the last END that came.
        granted: the credit limit that the sender was told last: what lies behind was sent without.

    Args:
        first: the first position that comes.
        capacity: of the inbox, in pushes.
        step: what credit grows by, at least, when it is told; a confirmation alone likewise.
    """

    __slots__ = (
        "_came",
        "_capacity",
        "_said",
        "_step",
        "_unsaid",
        "_unconfirmed_bytes",
        "confirmed",
        "end",
        "expected",
        "granted",
        "taken",
        "unreadable",
    )

    def __init__(self, first: int, capacity: int, step: Step = AT_ONCE) -> None:
        self.expected = self.taken = self.confirmed = first
        self.unreadable = ""
        self._capacity = capacity
        self.granted = first + capacity
        self.end = 0
        self._unconfirmed_bytes = 0  # that came since the sender was told of a confirmation
        self._said = first  # the confirmation that the sender was told last
        self._step = step
        self._unsaid = 0  # bytes that were taken since the sender was told
        self._came: deque[tuple[int, int]] = deque()  # per batch not taken: the end, and bytes

    def skip_to(self, first: int) -> int:
        """Nothing below `first` will come any more; returns how many positions are skipped.

        They need no inbox, so their credit is given with them.
        """
        skipped = max(0, first - self.expected)
        self.expected += skipped
        self.taken += skipped
        self.granted += skipped
        return skipped

    def advance(self, upto: int, size: int = 0) -> None:
        """What lies below `upto` has come, with so many bytes."""
        self.expected = upto
        self._came.append((upto, size))
        self._unconfirmed_bytes += size
        self.unreadable = ""

    def take(self, count: int) -> bool:
        """The task has taken so many positions; whether its sender should be told by now.

        Bytes count once their whole batch is taken. So does the sender count what it knows to have
        been taken (`Flight`).
        """
        self.taken += count
        assert self.taken <= self.expected, "taken before it came"
        while self._came and self._came[0][0] <= self.taken:
            self._unsaid += self._came.popleft()[1]
        grown = self.taken + self._capacity - self.granted
        return grown >= self._step.pushes or self._unsaid >= self._step.bytes

    @property
    def limit(self) -> int:
        """The credit limit that the sender may be told now."""
        return self.taken + self._capacity

    def grant(self) -> int:
        """The credit limit, remembered as told."""
        self.granted = self.limit
        self._unsaid = 0
        return self.limit

    def confirmation(self) -> int:
        """What is confirmed, remembered as told."""
        self._said = self.confirmed
        self._unconfirmed_bytes = 0
        return self.confirmed

    @property
    def worth_confirming(self) -> bool:
        """Whether so much was confirmed since the sender was told that it should be told again.

        The end of a round always is: others wait for it.
        """
        much = self.confirmed - self._said >= self._step.pushes
        return (
            much
            or self._unconfirmed_bytes >= self._step.bytes
            or self._said < self.end <= self.confirmed
        )

    @property
    def credit(self) -> int:
        """How many pushes the sender may still have under way."""
        return max(0, self.granted - self.expected)
