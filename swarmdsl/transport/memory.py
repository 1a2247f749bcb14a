"""Endpoints in one process and one thread: no socket, no clock, and a fixed order of arrival.

A `MemoryNetwork` joins its endpoints. It delivers at once, or only when told to, message by
message, so that a test can look at a swarm between any two of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, NamedTuple

from swarmdsl.errors import TransportError
from swarmdsl.transport.addresses import memory_name
from swarmdsl.transport.base import NO_STRANGERS, Arrival, Connection, Reading, Strangers, sent_each
from swarmdsl.transport.limits import MESSAGES_PER_RECEIVE_MAX, QUEUE_MESSAGES_MAX, measure
from swarmdsl.wire.frames import Buffer, Frames


class Pending(NamedTuple):
    """A message on its way: who sent it, who will receive it, and what it is."""

    sender: str
    receiver: str
    frames: list[memoryview]


@dataclass(slots=True, eq=False)
class _End:
    """One end of a connection; `other` is None while nobody is there."""

    place: _Place
    number: Connection
    dialled: str | None = None
    other: _End | None = None
    queued: int = 0  # messages that are in the inbox here or on their way to it


class _Letter(NamedTuple):
    sender: _End
    receiver: _End
    frames: list[memoryview]


@dataclass(slots=True, eq=False)
class _Place:
    """What the network knows of an endpoint."""

    address: str
    on_arrival: Callable[[], object]
    ends: dict[Connection, _End] = field(default_factory=dict)
    inbox: deque[_Letter] = field(default_factory=deque)
    numbers: Iterator[Connection] = field(default_factory=lambda: count(1))
    is_open: bool = True

    def new_end(self, *, dialled: str | None = None, other: _End | None = None) -> _End:
        end = _End(self, next(self.numbers), dialled, other)
        self.ends[end.number] = end
        return end


@dataclass(slots=True, eq=False)
class _Wires:
    """The places that listen, and the letters between them; endpoints share one."""

    by_hand: bool
    places: dict[str, _Place] = field(default_factory=dict)
    in_flight: deque[_Letter] = field(default_factory=deque)  # bounded by the queue of each end

    def far_end(self, end: _End) -> _End | None:
        """The other end, connecting to whoever listens now if there is none yet."""
        place = self.places.get(end.dialled or "")
        if end.other is None and place is not None:
            end.other = place.new_end(other=end)
        return end.other

    def carry(self, letter: _Letter) -> None:
        letter.receiver.queued += 1
        self.in_flight.append(letter)
        if not self.by_hand:
            self.deliver_oldest()

    def deliver_oldest(self) -> None:
        letter = self.in_flight.popleft()
        letter.receiver.place.inbox.append(letter)
        letter.receiver.place.on_arrival()

    def cut(self, end: _End) -> None:
        """Part two ends: an accepted one is over, a dialled one will connect anew."""
        other, end.other = end.other, None
        if other is not None:
            other.other = None
        for one in filter(None, (end, other)):
            if one.dialled is None:
                one.place.ends.pop(one.number, None)

    def withdraw(self, end: _End) -> None:
        """Give up what is on its way from or to an end that nobody holds any more."""
        kept = [one for one in self.in_flight if end not in {one.sender, one.receiver}]
        self.in_flight = deque(kept)
        end.place.inbox = deque(one for one in end.place.inbox if one.receiver is not end)

    def leave(self, place: _Place) -> None:
        """Take a place away; what it sent still goes out, what was sent to it is lost."""
        place.is_open = False
        self.places.pop(place.address, None)
        for end in list(place.ends.values()):
            self.cut(end)
        place.ends.clear()
        place.inbox.clear()
        self.in_flight = deque(one for one in self.in_flight if one.receiver.place is not place)


class MemoryEndpoint:
    """An endpoint of a `MemoryNetwork`; see `Endpoint` for what it promises.

    A connection is made by the first `send` to an address that listens. When that endpoint leaves,
    its queue is lost; the next `send` connects to whoever listens there by then. Frames other than
    bytes are copied as they are sent, so a sender that alters them is not noticed here.
    """

    def __init__(self, wires: _Wires, place: _Place) -> None:
        self._wires, self._place = wires, place

    @property
    def address(self) -> str:
        """Where others dial this endpoint."""
        return self._place.address

    @property
    def handshakes_failed(self) -> int:
        """None: here nobody can say what is no message."""
        return 0

    @property
    def strangers(self) -> Strangers:
        """None: who is here belongs here."""
        return NO_STRANGERS

    @property
    def times_full(self) -> int:
        """Never: a connection costs no file."""
        return 0

    def readings(self) -> list[Reading]:
        """None: nothing here is on a network."""
        return []

    def dial(self, address: str) -> Connection:
        """Open a connection to `address`, which need not be listening yet.

        Raises:
            TransportError: the address is malformed, or this endpoint is closed.
        """
        memory_name(address)
        if not self._place.is_open:
            raise TransportError(address, f"cannot be dialled: {self.address} is closed")
        return self._place.new_end(dialled=address).number

    def send(self, connection: Connection, frames: Frames) -> bool:
        """Hand a message over; False if nobody is there or the queue is full.

        Raises:
            TransportError: a frame is longer than any transport takes.
        """
        measure(self.address, frames)
        end = self._place.ends.get(connection)
        far = None if end is None else self._wires.far_end(end)
        if end is None or far is None or far.queued >= QUEUE_MESSAGES_MAX:
            return False
        self._wires.carry(_Letter(end, far, [_kept(frame) for frame in frames]))
        return True

    def send_all(self, connection: Connection, messages: Sequence[Frames]) -> int:
        """Hand over several messages in order; how many were taken."""
        return sent_each(self.send, connection, messages)

    def is_gone(self, connection: Connection) -> bool:
        """Whether nothing can be sent on it ever again."""
        return connection not in self._place.ends

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """What has arrived, in the order of arrival; never waits.

        While the one thread waited nobody could send, so waiting would change nothing.
        """
        inbox = self._place.inbox
        letters = [inbox.popleft() for _ in range(min(len(inbox), MESSAGES_PER_RECEIVE_MAX))]
        for letter in letters:
            letter.receiver.queued -= 1
        return [Arrival(letter.receiver.number, letter.frames) for letter in letters]

    def watch(self, descriptor: int) -> None:
        """Nothing to do: `receive` never waits."""

    def unwatch(self, descriptor: int) -> None:
        """Nothing to do: `receive` never waits."""

    def hang_up(self, connection: Connection) -> None:
        """Close a connection that was dialled here; any other number is left alone."""
        end = self._place.ends.get(connection)
        if end is not None and end.dialled is not None:
            del self._place.ends[connection]
            self._wires.cut(end)
            self._wires.withdraw(end)

    def close(self) -> None:
        """Leave the network; what was sent stays on its way, what was not received is lost."""
        if self._place.is_open:
            self._wires.leave(self._place)


class MemoryNetwork:
    """What joins endpoints of one process.

    Args:
        deliver: "at once", or "by hand": then a message stays on its way until `deliver`.

    >>> network = MemoryNetwork(deliver="by hand")
    >>> a, b = network.listen("memory://a"), network.listen("memory://b")
    >>> a.send(a.dial("memory://b"), [b"hello"]), b.receive(0)
    (True, [])
    >>> [(one.sender, one.receiver, bytes(one.frames[0])) for one in network.pending()]
    [('memory://a', 'memory://b', b'hello')]
    >>> network.deliver(), len(b.receive(0))
    (1, 1)
    """

    def __init__(self, deliver: Literal["at once", "by hand"] = "at once") -> None:
        self._wires = _Wires(by_hand=deliver == "by hand")

    def listen(
        self, address: str, on_arrival: Callable[[], object] = lambda: None
    ) -> MemoryEndpoint:
        """An endpoint at `address`.

        Args:
            address: where it listens.
            on_arrival: called whenever there is something to receive.

        Raises:
            TransportError: the address is malformed or taken.
        """
        memory_name(address)
        if address in self._wires.places:
            raise TransportError(address, "is taken; close who listens there, or choose another")
        place = self._wires.places[address] = _Place(address, on_arrival)
        return MemoryEndpoint(self._wires, place)

    def leaf(self) -> MemoryEndpoint:
        """An endpoint that nobody can dial."""
        return MemoryEndpoint(self._wires, _Place("", on_arrival=lambda: None))

    def pending(self) -> list[Pending]:
        """What is on its way, in the order sent; always empty if delivery is at once."""
        return [
            Pending(one.sender.place.address, one.receiver.place.address, one.frames)
            for one in self._wires.in_flight
        ]

    def deliver(self, n: int = 1) -> int:
        """Let the `n` oldest messages arrive, and return how many there were."""
        delivered = min(n, len(self._wires.in_flight))
        for _ in range(delivered):
            self._wires.deliver_oldest()
        return delivered


class MemoryTransport:
    """Makes endpoints that meet on one network, its own unless one is given.

    >>> transport = MemoryTransport()
    >>> hub, leaf = transport.listen("memory://hub"), transport.listen("memory://leaf")
    >>> leaf.send(leaf.dial("memory://hub"), [b"hello"])
    True
    >>> [bytes(frame) for frame in hub.receive(0)[0].frames]
    [b'hello']
    """

    def __init__(self, network: MemoryNetwork | None = None) -> None:
        self.network = MemoryNetwork() if network is None else network

    def listen(self, address: str) -> MemoryEndpoint:
        """An endpoint at `address`.

        Raises:
            TransportError: the address is malformed or taken.
        """
        return self.network.listen(address)

    def leaf(self) -> MemoryEndpoint:
        """An endpoint that nobody can dial."""
        return self.network.leaf()


def _kept(frame: Buffer) -> memoryview:
    return memoryview(frame if isinstance(frame, bytes) else bytes(frame))
