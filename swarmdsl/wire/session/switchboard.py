"""All sessions of one process: frames in, events out; pushes in, frames out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping

from swarmdsl.errors import WireError
from swarmdsl.wire.arena.sharing import ArenaCounts, Sharing
from swarmdsl.wire.batch import Keep
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import (
    CONTROL_BYTES_MAX,
    AnyMessage,
    Bye,
    ChannelKey,
    Data,
    Hello,
    Reset,
    Share,
    decode,
    encode,
)
from swarmdsl.wire.session.admission import Admission, Everyone
from swarmdsl.wire.session.events import (
    Confirmed,
    Counts,
    Declined,
    Delivered,
    Inlet,
    Outgoing,
    SessionEvent,
)
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.inbound import Inbound, objection, unreadable
from swarmdsl.wire.session.outbound import Outbound
from swarmdsl.wire.session.terms import Terms

STRANGER_BYTES_MAX = 4 * 1024 * 1024  # of a header before its sender is known: HELLO, or nothing


class Switchboard:
    """The sessions of one process, by peer: those it dialled and those it accepted.

    It does no I/O: the owner feeds it what a transport received, and sends what `take_outgoing`
    returns.

    Args:
        identity: who we are.
        admission: who may come, and on which channels; only they take memory here.
        kept_alive: peers whom we dial and say BEAT at least every so many seconds.
        terms: of the links that we push on; by default, those of `identity.limits` alone.
        sharing: the memory that we share with others; by default none.

    Attributes:
        counts: what did not go the straight way, over all sessions.
        accepted: how many peers push to us.
    """

    def __init__(
        self,
        identity: Identity,
        admission: Admission | None = None,
        *,
        kept_alive: Mapping[str, float] | None = None,
        terms: Terms | None = None,
        sharing: Sharing | None = None,
    ) -> None:
        self.identity = identity
        self._lender = None if sharing is None else sharing.lender
        self._borrower = None if sharing is None else sharing.borrower
        self.terms = terms or Terms(identity.limits)
        self._admission = Everyone() if admission is None else admission
        self._kept_alive = dict(kept_alive or {})
        self.counts = Counts()
        self.accepted = 0
        self._borrows = False  # whether a peer has told us of an arena
        self._outbound: dict[str, Outbound] = {}
        self._dialled: dict[int, Outbound] = {}  # the last two of each peer: what was on its way
        self._dialled_before: dict[str, int] = {}
        self._inbound: dict[str, Inbound] = {}
        self._accepted: dict[int, Inbound] = {}
        self._touched: dict[str, Inbound] = {}  # who may be owed a message
        self._refusals: list[Outgoing] = []

    def to(self, peer: str) -> Outbound:
        """Our pushes to a peer; the session is made when first asked for."""
        outbound = self._outbound.get(peer)
        if outbound is None:
            every_s = self._kept_alive.get(peer)
            # What a process says to itself it has, wherever it lies.
            lender = None if peer == self.identity.peer else self._lender
            outbound = Outbound(self.identity, peer, self.counts, self.terms, every_s, lender)
            self._outbound[peer] = outbound
        return outbound

    def dialled(self, peer: str, connection: int) -> None:
        """The transport has dialled a peer: the session introduces itself."""
        outbound = self.to(peer)
        self._dialled.pop(self._dialled_before.get(peer, -1), None)
        self._dialled_before[peer] = outbound.connection
        self._dialled[connection] = outbound
        outbound.dialled(connection)

    def peer_dialled(self, connection: int) -> str | None:
        """Who was dialled on it; None if that is not known, or too long ago."""
        outbound = self._dialled.get(connection)
        return None if outbound is None else outbound.peer

    def interrupted(self, connection: int) -> None:
        """Messages that were to be sent on a connection were given up: let it begin anew."""
        dialled = self._dialled.get(connection)
        accepted = self._accepted.get(connection)
        if dialled is not None:
            dialled.interrupted(connection)
        elif accepted is not None:
            self._touch(accepted.peer).interrupted(connection)

    def receive(self, connection: int, frames: Frames) -> list[SessionEvent]:
        """Take a message from the transport; garbage is counted and dropped."""
        known = connection in self._dialled or connection in self._accepted
        try:
            received = decode(frames, CONTROL_BYTES_MAX if known else STRANGER_BYTES_MAX)
        except WireError:
            self.counts.garbage += 1
            return []
        dialled = self._dialled.get(connection)
        if dialled is not None:
            return dialled.receive(received.message, received.payload)
        message = received.message
        inbound = self._accepted.get(connection)
        if inbound is None or isinstance(message, Hello):
            return self._from_stranger(connection, message)
        if type(message) is Data:  # first, as it is by far the most frequent
            events = inbound.data(connection, message, received.payload)
        else:
            events = inbound.receive(connection, message)
        if inbound.urgent or inbound.outgoing:
            self._touched[inbound.peer] = inbound
            if isinstance(message, Share):
                self._borrows = self._borrower is not None
        return events

    def _from_stranger(self, connection: int, message: AnyMessage) -> list[SessionEvent]:
        """Take what introduces a connection; all else is refused there."""
        if isinstance(message, Hello):
            return self._hello(connection, message)
        if isinstance(message, Bye):
            self.counts.unexpected += 1
            return []
        return self._refuse(connection, message.connection, "say HELLO first", final=False)

    def _hello(self, connection: int, hello: Hello) -> list[SessionEvent]:
        inbound = self._inbound.get(hello.peer)
        problem = objection(hello, self.identity, self._admission)
        if problem is None and inbound is not None:
            problem = inbound.outlived(hello)
        if problem is not None:
            return self._refuse(connection, hello.connection, problem, final=True)
        problem = unreadable(hello, self.identity)
        if problem is not None:
            self._refuse(connection, hello.connection, problem, final=True)
            return [Declined(hello.peer, problem)]
        if inbound is not None and inbound.is_older(hello):
            self.counts.stale += 1
            return []
        if inbound is None:
            self.accepted += 1
            inbound = self._inbound[hello.peer] = Inbound(
                self.identity,
                hello.peer,
                self.counts,
                self._admission,
                self.terms,
                self._borrower,
            )
        if self._accepted.get(inbound.connection) is inbound:
            del self._accepted[inbound.connection]
        self._accepted[connection] = inbound
        return self._touch(hello.peer).welcome(connection, hello)

    def _touch(self, peer: str) -> Inbound:
        """The pushes of an accepted peer to us, of which something is about to change."""
        inbound = self._touched[peer] = self._inbound[peer]
        return inbound

    def _refuse(
        self, connection: int, number: int, reason: str, *, final: bool
    ) -> list[SessionEvent]:
        self.counts.refused += 1
        frames = encode(Reset(number, reason, final))
        self._refusals.append(Outgoing(connection, frames))
        return []

    def push(
        self, peer: str, key: ChannelKey, payload: Payload, count: int, round_number: int
    ) -> None:
        """Push a batch to a peer; its channel must have room."""
        self.to(peer).push(key, payload, count, round_number)

    def reject(self, delivered: Delivered, problem: str) -> None:
        """The body of a push just delivered cannot be read: it is garbage, and takes no position.

        If the peer has nothing better to send at that position, it learns the problem.
        """
        self._touch(delivered.inlet.peer).reject(delivered, problem)

    def move(self, peer: str, key: ChannelKey, other: str, other_key: ChannelKey) -> int:
        """What a channel keeps goes to another receiver, since its own is gone.

        Returns by how much the positions of what is kept grow.
        """
        giver, taker = self.to(peer), self.to(other)
        channel = giver.channel(key)
        offset = taker.channel(other_key).take_over(channel.hand_over(), channel.next)
        giver.forsake(key)
        taker.catch_up(other_key)
        return offset

    def push_again(self, peer: str, key: ChannelKey, other: str, other_key: ChannelKey) -> int:
        """What a channel keeps goes to another receiver, or once more to its own, which lives.

        Returns by how much the positions of what is kept grow.
        """
        giver, taker = self.to(peer), self.to(other)
        channel = giver.channel(key)
        upto = channel.next
        offset = taker.channel(other_key).take_over(channel.hand_over(), upto)
        giver.let_go(key, upto)
        taker.catch_up(other_key)
        return offset

    def drop(self, peer: str, key: ChannelKey, number: int = 0) -> tuple[int, int]:
        """Give up what a channel keeps, for its receiver is gone.

        Returns the position behind all of it, and how many pushes it were of this round or later.
        """
        outbound = self.to(peer)
        channel = outbound.channel(key)
        # The shelf is told as it goes, so all are looked at; an END has no payload.
        counted = [
            one.places
            for one in channel.hand_over()
            if one.payload is not None and one.round >= number
        ]
        outbound.forsake(key)
        return channel.next, sum(counted)

    def drop_all(self, peers: Iterable[str], links: Container[int]) -> list[Confirmed]:
        """What these links keep for these, who are gone, nobody needs, and nobody will confirm."""
        gone = (self._outbound[peer] for peer in peers if peer in self._outbound)
        kept = [(one.peer, key) for one in gone for key in one.keeping(links)]
        return [Confirmed(key, self.drop(peer, key)[0]) for peer, key in kept]

    def conclude(self, links: Container[int]) -> list[Confirmed]:
        """All is over: what these links keep is done with, though nobody has said so."""
        sessions = self._outbound.values()
        return [event for one in sessions for event in one.conclude(links)]

    @property
    def awaits_greeting(self) -> bool:
        """Whether something that was pushed cannot leave before a peer has answered our HELLO."""
        for one in self._outbound.values():  # noqa: SIM110 - a generator takes longer
            if one.is_unheard:
                return True
        return False

    def unconfirmed(self) -> Counter[int]:
        """Per link, the positions that peers have not confirmed."""
        total: Counter[int] = Counter()
        for outbound in self._outbound.values():
            total.update(outbound.unconfirmed_by_link())
        return total

    def queued(self) -> Counter[int]:
        """Per link, the positions that wait in the inboxes."""
        total: Counter[int] = Counter()
        for inbound in self._inbound.values():
            total.update(inbound.queued_by_link())
        return total

    def take(self, inlet: Inlet, count: int) -> None:
        """Positions of a peer's channel were taken from the inbox."""
        inbound = self._inbound[inlet.peer]
        if inbound.take(inlet, count):
            self._touched[inlet.peer] = inbound

    def confirm(self, inlet: Inlet, upto: int) -> None:
        """Positions of a peer's channel are done with."""
        self._touch(inlet.peer).confirm(inlet, upto)

    def tick(self, now_s: float) -> float:
        """Let those sessions say BEAT that have waited long enough; when to ask again.

        What a process says to itself is never lost, so there is nothing to ask.
        """
        due_s = math.inf
        for peer, outbound in self._outbound.items():
            if peer != self.identity.peer:
                due_s = min(due_s, outbound.tick(now_s))
        return due_s

    def forget_memory_of(self, peers: Iterable[str]) -> None:
        """These are gone for good: of what they had put into shared memory nothing more comes."""
        for peer in peers:
            if peer in self._inbound:
                self._inbound[peer].forget_memory()

    def say(self, peer: str, message: AnyMessage, behind: Frames = ()) -> None:
        """Answer an accepted peer outside of any channel."""
        self._touch(peer).say(message, behind)

    def number_of(self, peer: str) -> int:
        """The connection number that messages to an accepted peer must carry."""
        return self._inbound[peer].number

    def leave(self, reason: str) -> None:
        """Say goodbye to every peer that we dialled."""
        for outbound in self._outbound.values():
            outbound.leave(reason)

    @property
    def keep(self) -> Keep:
        """What copies a buffer that is to be pushed, to where its receivers may read it."""
        return bytes if self._lender is None else self._lender.keep

    @property
    def arena_counts(self) -> ArenaCounts:
        """How the large buffers that we sent have travelled."""
        return ArenaCounts() if self._lender is None else self._lender.counts

    def _take_returned(self) -> None:
        """Note what of others' arenas nobody here looks at any more."""
        assert self._borrower is not None, "nothing is lent to nobody"
        for peer, slot in self._borrower.take_returned():
            self._touch(peer).returned(slot)

    @property
    def owes(self) -> bool:
        """Whether there is something to tell a peer that may wait."""
        if self._borrows:
            self._take_returned()
        return bool(self._touched)

    def _to_be_told(self, *, lazily: bool) -> Iterable[str]:
        """The peers that are told something now; a hundred may be told something later."""
        if not lazily:
            return self._touched
        own = self.identity.peer
        return [
            peer
            for peer, inbound in self._touched.items()
            if inbound.urgent or inbound.outgoing or peer == own
        ]

    def take_outgoing(self, *, lazily: bool = False) -> list[Outgoing]:
        """All messages to send now, in order per connection; credit and confirmations last.

        Lazily, a confirmation waits until it is worth a message. What this process says to itself
        wakes nobody up.
        """
        if self._borrows:
            self._take_returned()
        outgoing, self._refusals = self._refusals, []
        # By name: in which order they were touched may depend on hashes, and a trace must not.
        for peer in sorted(self._to_be_told(lazily=lazily)) if self._touched else ():
            inbound = self._touched[peer]
            inbound.flush(lazily=lazily and peer != self.identity.peer)
            outgoing += inbound.outgoing
            inbound.outgoing.clear()
            if inbound.is_quiet:
                del self._touched[peer]
        # Who was dialled first is a daemon's controller: others wait for what they are told.
        for outbound in reversed(self._outbound.values()):
            if outbound.outgoing:
                outgoing += outbound.outgoing
                outbound.outgoing.clear()
        return outgoing
