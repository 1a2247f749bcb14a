"""A network in virtual time: each connection is in order, and free against the others.

It promises what `transport/base.py` does, and nothing more: a message takes a random time, a
connection can be cut or held up, and what a process had not read when it died is gone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Protocol

from swarmdsl.deploy.cooperative.timeline import Timer
from swarmdsl.errors import TransportError
from swarmdsl.testing.scheduler import Scheduler
from swarmdsl.transport.base import Connection
from swarmdsl.wire.frames import Frames


@dataclass(slots=True, eq=False)
class Place:
    """What the network knows of one process's endpoint.

    Attributes:
        address: where it listens.
        name: of its process.
        node: of its process.
        incarnation: of its process.
        wake: ends the wait of its process.
        ends: the connections that can send.
        inbox: what has arrived and was not read.
    """

    address: str
    name: str
    node: str
    incarnation: int
    wake: Callable[[], None]
    ends: dict[Connection, End] = field(default_factory=dict)
    inbox: deque[Letter] = field(default_factory=deque)
    numbers: Iterator[Connection] = field(default_factory=lambda: count(1))
    is_open: bool = True

    def new_end(self, *, dialled: str | None = None, other: End | None = None) -> End:
        """Another end of a connection."""
        end = End(self, next(self.numbers), dialled, other)
        self.ends[end.number] = end
        return end


@dataclass(slots=True, eq=False)
class End:
    """One end of a connection; `other` is None while nobody is there.

    Attributes:
        place: where it is.
        number: names it there.
        dialled: the address that was dialled; None if the other side dialled.
        other: the far end.
        queued: messages in the inbox of this end or on their way to it.
        coming: messages on their way to it, in their order.
        busy_until_s: when the last of them is due.
    """

    place: Place
    number: Connection
    dialled: str | None = None
    other: End | None = None
    queued: int = 0
    coming: deque[Letter] = field(default_factory=deque)
    busy_until_s: float = 0.0


@dataclass(slots=True, eq=False)
class Letter:
    """A message between two ends."""

    sender: End
    receiver: End
    frames: list[memoryview]
    timer: Timer | None = None


class Weather(Protocol):
    """How long messages take at the moment."""

    def delay_s(self, sender: Place, receiver: Place) -> float:
        """How long a message that is sent now takes."""


class Watcher(Protocol):
    """Is told what becomes of messages."""

    def sent(self, letter: Letter) -> None:
        """A message was handed over."""

    def arrived(self, letter: Letter) -> None:
        """A message has arrived."""

    def lost(self, letter: Letter, why: str) -> None:
        """A message will never arrive."""


class Network:
    """The places, and the messages between them.

    Args:
        scheduler: virtual time.
        weather: how long messages take.
        watcher: is told what happens.
        chance: for what a dying process had sent.
        queue_messages: at one end of a connection, before `send` refuses.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        weather: Weather,
        watcher: Watcher,
        chance: Random,
        queue_messages: int,
    ) -> None:
        self._scheduler = scheduler
        self._weather = weather
        self._watcher = watcher
        self._chance = chance
        self._queue_messages = queue_messages
        self._places: dict[str, Place] = {}

    def join(self, place: Place) -> None:
        """Let a place listen.

        Raises:
            TransportError: somebody listens at its address.
        """
        if place.address in self._places:
            raise TransportError(place.address, "is taken; close who listens there first")
        self._places[place.address] = place
        for other in self._places.values():
            other.wake()  # a message to this address can be sent now

    def place_of(self, name: str) -> Place | None:
        """Where the process of this name listens, if it does."""
        return next((one for one in self._places.values() if one.name == name), None)

    def send(self, place: Place, connection: Connection, frames: Frames) -> bool:
        """Hand a message over; False if nobody is there or the queue is full."""
        end = place.ends.get(connection)
        far = None if end is None else self._far_end(end)
        if end is None or far is None or far.queued >= self._queue_messages:
            return False
        kept = [memoryview(one if isinstance(one, bytes) else bytes(one)) for one in frames]
        letter = Letter(end, far, kept)
        far.queued += 1
        far.coming.append(letter)
        self._watcher.sent(letter)
        self._dispatch(letter, self._weather.delay_s(place, far.place))
        return True

    def can_send(self, place: Place, connection: Connection) -> bool:
        """Whether `send` would take a message now."""
        end = place.ends.get(connection)
        if end is None:
            return False
        if end.other is None:
            return end.dialled in self._places
        return end.other.queued < self._queue_messages

    def _far_end(self, end: End) -> End | None:
        """The other end, connecting to whoever listens now if there is none yet."""
        place = self._places.get(end.dialled or "")
        if end.other is None and place is not None:
            end.other = place.new_end(other=end)
        return end.other

    def _dispatch(self, letter: Letter, delay_s: float) -> None:
        far = letter.receiver
        far.busy_until_s = max(far.busy_until_s, self._scheduler.now_s + delay_s)

        def arrive() -> None:
            far.coming.remove(letter)
            far.place.inbox.append(letter)
            self._watcher.arrived(letter)
            far.place.wake()

        letter.timer = self._scheduler.at(far.busy_until_s, arrive)

    def read(self, place: Place, at_most: int) -> list[Letter]:
        """Take what has arrived, in the order of arrival."""
        letters = [place.inbox.popleft() for _ in range(min(len(place.inbox), at_most))]
        for letter in letters:
            if letter.receiver.queued >= self._queue_messages:
                letter.sender.place.wake()
            letter.receiver.queued -= 1
        return letters

    # ------------------------------------------------------------------ ends of connections

    def connections(self, name: str, other: str) -> list[End]:
        """The dialled ends, at a process, of connections to another one."""
        place, far = self.place_of(name), self.place_of(other)
        if place is None or far is None:
            return []
        return [end for end in place.ends.values() if end.other and end.other.place is far]

    def cut(self, end: End, *, late_s: float | None = None) -> None:
        """Break a connection: what was on its way is lost.

        Args:
            end: the dialled end of it.
            late_s: instead, what was on its way to the accepting end arrives so much later on the
                old connection, which no longer can send.
        """
        far = end.other
        self._part(end)
        if far is not None and late_s is not None:
            for letter in list(far.coming):
                assert letter.timer is not None, "it is on its way"
                letter.timer.cancel()
                self._dispatch(letter, late_s)
        elif far is not None:
            self._lose(far, "connection cut")
        self._lose(end, "connection cut")

    def hang_up(self, place: Place, connection: Connection) -> None:
        """Close a connection that was dialled here."""
        end = place.ends.get(connection)
        if end is not None and end.dialled is not None:
            far = end.other
            self._part(end)
            del place.ends[connection]
            self._lose(end, "hung up")
            if far is not None:
                self._lose(far, "hung up")

    def leave(self, place: Place, *, killed: bool) -> None:
        """Take a place away: what was sent to it is lost.

        What it sent still arrives, but of a killed process only as much as had left it.
        """
        place.is_open = False
        self._places.pop(place.address, None)
        for end in list(place.ends.values()):
            far = end.other
            if killed and far is not None and far.coming:
                self._lose(far, "died with its sender", self._chance.randint(0, len(far.coming)))
            self._part(end)
            self._lose(end, "its receiver is gone")
        place.ends.clear()
        for letter in place.inbox:
            self._watcher.lost(letter, "was not read")
        place.inbox.clear()

    def _lose(self, end: End, why: str, after: int = 0) -> None:
        """Lose what is on its way to an end, but for the first ones."""
        for letter in list(end.coming)[after:]:
            assert letter.timer is not None, "it is on its way"
            letter.timer.cancel()
            end.coming.remove(letter)
            end.queued -= 1
            self._watcher.lost(letter, why)
        end.busy_until_s = 0.0 if not end.coming else end.busy_until_s

    def _part(self, end: End) -> None:
        """Part two ends: an accepted one is over, a dialled one will connect anew."""
        other, end.other = end.other, None
        if other is not None:
            other.other = None
        for one in filter(None, (end, other)):
            if one.dialled is None:
                one.place.ends.pop(one.number, None)
            one.place.wake()
