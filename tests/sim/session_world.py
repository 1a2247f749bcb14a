"""Two switchboards on a wire that breaks, loses and delays, driven by a seed.

The source pushes numbers that equal their positions, so every delivery can be judged by itself.
The wire keeps the order of a connection, as any transport does; but a connection may break, be
made anew behind the source's back, lose a single message, or bring its last messages long after
its successor. The sink may be started anew, empty, under its next incarnation.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import get_args

from msgspec.structs import asdict

from swarmdsl.topology.model import Limits, LinkSpec, Overflow
from swarmdsl.wire.codec import Decoder, encode_values
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.channel import SendChannel
from swarmdsl.wire.session.events import Confirmed, Delivered, Ended, Inlet, SessionEvent
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.outbound import OutboundState
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.session.terms import Terms
from tests.memory_shelf import MemoryShelf

CREDIT = 6
UNCONFIRMED = 8
BATCH = 4
SPILLING = ChannelKey(2, 0, 0)
CHANNELS = (ChannelKey(0, 0, 0), ChannelKey(1, 2, 0), SPILLING)
NUMBERS = Decoder(int)
LINKS = (
    *(LinkSpec(source="a", destination="b", gather=False) for _ in CHANNELS),
    *(
        LinkSpec(
            source="a", destination="b", gather=False, delivery="at_most_once", overflow=overflow
        )
        for overflow in get_args(Overflow)
    ),
)
QUIET_TURNS_MAX = 1_000  # far beyond what a settled pair needs

ACTIONS = {
    "push": 8,
    "end": 1,
    "carry": 16,
    "take": 6,
    "confirm": 6,
    "redial": 1,
    "reconnect": 1,
    "lose": 1,
    "bring_late": 2,
    "restart": 1,
}


def switchboard(peer: str, incarnation: int, shelf: MemoryShelf | None = None) -> Switchboard:
    limits = Limits(inbox_messages=CREDIT, unconfirmed_messages=UNCONFIRMED, batch_messages=BATCH)
    address = f"memory://{peer}"
    who = Identity(
        run="r", topology="t", peer=peer, incarnation=incarnation, address=address, limits=limits
    )
    return Switchboard(who, terms=Terms(limits, shelf, frozenset({SPILLING.link}), LINKS))


@dataclass(slots=True)
class Inbox:
    """What one incarnation of the sink has of one channel, as positions."""

    expected: int | None = None
    waiting: deque[int] = field(default_factory=deque)
    ends: set[int] = field(default_factory=set)
    taken: int = 0
    confirmed: int = 0

    @property
    def pushes_waiting(self) -> int:
        return sum(position not in self.ends for position in self.waiting)


@dataclass(slots=True)
class Line:
    """One connection: its number at either end, and what is on its way."""

    dialled: int
    accepted: int
    to_sink: deque[Frames] = field(default_factory=deque)
    to_source: deque[Frames] = field(default_factory=deque)


class World:
    """The pair, the wire between them, and what each has seen."""

    channels: tuple[ChannelKey, ...] = CHANNELS

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.shelf = MemoryShelf()
        self.source = switchboard("source", 0, self.shelf)
        self.sink = switchboard("sink", 0)
        self.incarnation = 0
        self.inboxes: dict[ChannelKey, Inbox] = {}
        self.ends: dict[ChannelKey, set[int]] = {key: set() for key in self.channels}
        self.confirmed_by_sink: Counter[ChannelKey] = Counter()
        self.counted: Counter[str] = Counter()
        self._numbers = 0
        self._late: list[Line] = []
        self._line = Line(0, 0)
        self._renew()
        self.redial()

    # -------------------------------------------------------------------------- what happens

    def step(self) -> None:
        """Let one thing happen, and judge the state after it."""
        (name,) = self.random.choices([*ACTIONS], [*ACTIONS.values()])
        getattr(self, name)()
        self._collect()
        self._judge()

    def settle(self) -> None:
        """No more faults: carry, take and confirm until there is nothing left to do."""
        self.redial()
        for _ in range(QUIET_TURNS_MAX):
            for key in self.channels:
                self._take(key, len(self._inbox(key).waiting))
                self._confirm(key, self._inbox(key).taken)
            self._collect()
            self._judge()
            if not self.carry():
                return
        raise AssertionError("the pair never comes to rest")

    def push(self) -> None:
        key = self.random.choice(self.channels)
        channel = self.channel(key)
        count = min(channel.room, self.random.randint(1, 4))
        if count:
            numbers = range(channel.next, channel.next + count)
            self.source.push("sink", key, encode_values([*numbers]), count, 0)

    def end(self) -> None:
        key = self.random.choice(self.channels)
        self.ends[key].add(self.channel(key).next)
        self.source.to("sink").end(key, len(self.ends[key]))

    def carry(self) -> bool:
        """Let the oldest message of each direction arrive; whether there was one."""
        line = self._line
        moved = bool(line.to_sink or line.to_source)
        if line.to_sink:
            self._at_sink(line.accepted, line.to_sink.popleft())
        if line.to_source:
            self._at_source(line.dialled, line.to_source.popleft())
        return moved

    def take(self) -> None:
        key = self.random.choice(self.channels)
        self._take(key, self.random.randint(0, len(self._inbox(key).waiting)))

    def confirm(self) -> None:
        key = self.random.choice(self.channels)
        inbox = self._inbox(key)
        self._confirm(key, self.random.randint(inbox.confirmed, max(inbox.confirmed, inbox.taken)))

    def redial(self) -> None:
        """The source notices that the connection is gone, and dials."""
        self._break()
        self._line = Line(self._next_number(), self._next_number())
        self.source.dialled("sink", self._line.dialled)

    def reconnect(self) -> None:
        """The transport connects anew; the source does not notice."""
        self._break()
        self._line = Line(self._line.dialled, self._next_number())

    def lose(self) -> None:
        """One message disappears."""
        way = self.random.choice((self._line.to_sink, self._line.to_source))
        if way:
            del way[self.random.randrange(len(way))]

    def bring_late(self) -> None:
        """A message of a broken connection arrives after all."""
        if self._late:
            line = self.random.choice(self._late)
            if line.to_sink:
                self._at_sink(line.accepted, line.to_sink.popleft())
            if line.to_source:
                self._at_source(line.dialled, line.to_source.popleft())

    def restart(self) -> None:
        """The sink dies and is started anew; all that it had is lost."""
        self._collect()
        self._count(self.sink)
        self.incarnation += 1
        self.sink = switchboard("sink", self.incarnation)
        self._renew()
        self.reconnect()

    # -------------------------------------------------------------------------- the two ends

    def channel(self, key: ChannelKey) -> SendChannel:
        return self.source.to("sink").channel(key)

    def _inbox(self, key: ChannelKey) -> Inbox:
        return self.inboxes[key]

    def _renew(self) -> None:
        self.inboxes = {key: Inbox() for key in self.channels}

    def _at_source(self, connection: int, frames: Frames) -> None:
        for event in self.source.receive(connection, frames):
            if isinstance(event, Confirmed):
                assert event.upto <= self.confirmed_by_sink[event.channel], "never confirmed"

    def _at_sink(self, connection: int, frames: Frames) -> None:
        for event in self.sink.receive(connection, frames):
            self._arrived(event)

    def _arrived(self, event: SessionEvent) -> None:
        match event:
            case Delivered():
                numbers = NUMBERS.decode(event.payload)
                assert numbers == [*range(event.first, event.first + event.count)], "altered"
                self._expect(event.channel, numbers[event.skip :])
            case Ended():
                assert event.position in self.ends[event.channel], "an END that was not said"
                self._inbox(event.channel).ends.add(event.position)
                self._expect(event.channel, [event.position])
            case _:
                pass

    def _expect(self, key: ChannelKey, positions: list[int]) -> None:
        inbox, first = self._inbox(key), positions[0]
        # A restarted sink knows only what a late HELLO says, until the present one comes.
        needed = self.channel(key).confirmed
        if inbox.expected is None:
            inbox.taken = inbox.confirmed = first
            assert first <= needed, "what nobody has confirmed was left out"
        else:
            assert first >= inbox.expected, "twice"
            assert first <= max(inbox.expected, needed), "a gap"
        inbox.expected = positions[-1] + 1
        inbox.waiting += positions

    def _take(self, key: ChannelKey, count: int) -> None:
        inbox = self._inbox(key)
        if count:
            inbox.taken = [inbox.waiting.popleft() for _ in range(count)][-1] + 1
            self.sink.take(Inlet("source", 0, key), count)

    def _confirm(self, key: ChannelKey, upto: int) -> None:
        inbox = self._inbox(key)
        if upto > inbox.confirmed:
            inbox.confirmed = upto
            self.confirmed_by_sink[key] = max(upto, self.confirmed_by_sink[key])
            self.sink.confirm(Inlet("source", 0, key), upto)

    # ------------------------------------------------------------------------------ the wire

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _break(self) -> None:
        """Part of what is on its way is lost; what is left, always the oldest, may come late."""
        for way in (self._line.to_sink, self._line.to_source):
            for _ in range(self.random.randint(0, len(way))):
                way.pop()
        self._late.append(self._line)

    def _collect(self) -> None:
        """What the ends say goes on its way; what nobody can carry is lost."""
        for outgoing in self.source.take_outgoing():
            if outgoing.connection == self._line.dialled:
                self._line.to_sink.append(outgoing.frames)
        for outgoing in self.sink.take_outgoing():
            if outgoing.connection == self._line.accepted:
                self._line.to_source.append(outgoing.frames)

    # ------------------------------------------------------------------------ what must hold

    def _judge(self) -> None:
        for key in self.channels:
            channel = self.channel(key)
            kept = [*channel._retention.beyond(-1)]
            assert (kept[-1].upto if kept else channel.confirmed) == channel.next
            assert not kept or kept[0].first <= channel.confirmed, "forgot what is unconfirmed"
            assert all(one.upto == other.first for one, other in pairwise(kept)), "forgot some"
            spills = key == SPILLING
            assert not spills or channel._retention.pushes <= UNCONFIRMED, "too much in memory"
            assert self._inbox(key).pushes_waiting <= CREDIT, "an inbox above its bound"
        for board in (self.source, self.sink):
            assert (board.counts.garbage, board.counts.beyond_credit) == (0, 0)
        assert self.source.to("sink").state is not OutboundState.CLOSED

    def _count(self, board: Switchboard) -> None:
        self.counted.update(asdict(board.counts))
        for counts in board.terms.all_counts.values():
            self.counted.update(asdict(counts))

    def count(self) -> Counter[str]:
        """Everything that both ends have counted, dead incarnations included."""
        self._count(self.source)
        self._count(self.sink)
        return self.counted
