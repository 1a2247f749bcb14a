"""Large buffers that two sessions share: told of, held, returned, and told of again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest

from swarmdsl.daemon.arena import HEADER_BYTES, Arena
from swarmdsl.daemon.borrowed_arenas import BorrowedArenas
from swarmdsl.wire.arena.sharing import ArenaCounts, Sharing
from swarmdsl.wire.arena.slot import LENT_BYTES_MIN, Slot
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.messages import (
    ChannelKey,
    Confirm,
    Data,
    Mapped,
    Returned,
    Share,
    Welcome,
    decode,
)
from swarmdsl.wire.session.events import Delivered, Outgoing
from swarmdsl.wire.session.switchboard import Switchboard
from tests.unit.wire.session.peers import (
    INLET,
    KEY,
    OTHER,
    ROUND,
    hear,
    hello,
    identity,
    message_of,
    said,
)

SIZE = LENT_BYTES_MIN
ROOM = HEADER_BYTES + 2 * SIZE
SECOND = Slot(HEADER_BYTES + SIZE, SIZE, 3)
IDS = count(1)


class Pair:
    """A source with an arena for two buffers that pushes to a sink, `a` unless another is named."""

    def __init__(self, size: int = ROOM) -> None:
        self.arena = Arena(size, lambda: next(IDS).to_bytes(16))
        sharing = Sharing(self.arena, BorrowedArenas(os.getpid()))
        self.source = Switchboard(identity("source"), sharing=sharing)
        self.sinks: dict[int, Switchboard] = {}
        self.there: list[object] = []  # what was said to sinks, in order
        self.delivered: list[Delivered] = []
        self._numbers = count(1)

    def dial(self, name: str = "a", incarnation: int = 0, *, sees: bool = True) -> int:
        """Connect with a new process of this name; returns the connection."""
        sharing = Sharing(Arena(0, lambda: b""), BorrowedArenas(os.getpid())) if sees else None
        return self.join(name, Switchboard(identity(name, incarnation), sharing=sharing))

    def join(self, name: str, sink: Switchboard) -> int:
        """Connect with a process, perhaps once more."""
        number = next(self._numbers)
        self.sinks[number] = sink
        self.source.dialled(name, number)
        self.carry()
        return number

    def push(self, value: int, to: str = "a", size: int = SIZE) -> None:
        """Push a buffer of equal bytes, and keep nothing of it here."""
        self.stage(value, to, size=size)
        self.carry()

    def stage(self, value: int, *to: str, key: ChannelKey = KEY, size: int = SIZE) -> None:
        """Likewise to each of these, and carry nothing yet."""
        payload = Payload(b"", (self.arena.keep(bytes([value]) * size),))
        for name in to:
            self.source.push(name, key, payload, 1, ROUND)

    def carry(self) -> None:
        """Carry everything to and fro until nobody has anything to say."""
        while self._carry_there() + self._carry_back():
            pass

    def _carry_there(self) -> int:
        outgoing = self.source.take_outgoing()
        for one in outgoing:
            self.there.append(decode(one.frames).message)
            self._hear(one)
        return len(outgoing)

    def _hear(self, one: Outgoing) -> None:
        events = self.sinks[one.connection].receive(5, one.frames)
        self.delivered += [event for event in events if isinstance(event, Delivered)]

    def _carry_back(self) -> int:
        back = [
            (number, one) for number, sink in self.sinks.items() for one in sink.take_outgoing()
        ]
        for number, one in back:
            self.source.receive(number, one.frames)
        return len(back)

    def finish(self, number: int = 1) -> None:
        """A sink is done with all that has come, and nobody looks at it any more."""
        done = {event.inlet: event.upto for event in self.delivered}
        taken = Counter(event.inlet for event in self.delivered)
        self.delivered.clear()
        for inlet, upto in done.items():
            self.sinks[number].take(inlet, taken[inlet])
            self.sinks[number].confirm(inlet, upto)
        self.carry()

    @property
    def told(self) -> list[Data]:
        """The batches that were sent."""
        return [one for one in self.there if isinstance(one, Data)]

    @property
    def values(self) -> list[int]:
        """The first byte of each buffer that is held."""
        return [memoryview(event.payload.buffers[0])[0] for event in self.delivered]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """One whose sink has seen the arena, as a first buffer has come in its frame."""
    pair = Pair()
    pair.dial()
    pair.push(0)
    pair.finish()
    pair.there.clear()
    yield pair
    pair.arena.close()


def test_the_first_buffer_comes_in_its_frame_and_the_next_where_it_lies(pair: Pair) -> None:
    pair.push(1)
    assert pair.values == [1]
    assert [one.size for one in pair.told[0].slots if one] == [SIZE]
    assert pair.arena.counts == ArenaCounts(shared=1, shared_bytes=SIZE, unseen=1)
    assert pair.source.arena_counts is pair.arena.counts


def test_a_slot_is_free_once_it_is_confirmed_and_let_go(pair: Pair) -> None:
    pair.push(1)
    held = pair.delivered[0].payload
    pair.finish()
    assert pair.arena.slots_in_use == 1
    assert held.buffers[0] == bytes([1]) * SIZE
    del held
    assert pair.sinks[1].owes
    pair.carry()
    assert pair.arena.slots_in_use == 0


def test_what_is_handled_but_not_confirmed_keeps_its_slot(pair: Pair) -> None:
    pair.push(1)
    pair.sinks[1].take(INLET, 1)
    pair.delivered.clear()
    pair.carry()
    assert pair.arena.slots_in_use == 1


def test_who_hoards_gets_copies_and_never_anything_wrong(pair: Pair) -> None:
    for value in range(1, 6):
        pair.push(value)
    assert pair.values == [1, 2, 3, 4, 5]
    assert (pair.arena.counts.shared, pair.arena.counts.full) == (2, 3)
    pair.finish()
    assert pair.arena.slots_in_use == 0


def test_small_buffers_travel_beside_large_ones(pair: Pair) -> None:
    small, large = self_kept = pair.arena.keep(b"small"), pair.arena.keep(bytes(SIZE))
    pair.source.push("a", KEY, Payload(b"body", (*self_kept, b"")), 1, ROUND)
    pair.carry()
    assert pair.delivered[0].payload == Payload(b"body", (small, large, b""))
    assert [slot is None for slot in pair.told[0].slots] == [True, False, True]
    assert pair.arena.counts.full == 0


def test_who_does_not_see_the_arena_gets_copies() -> None:
    pair = Pair()
    pair.dial(sees=False)
    pair.push(1)
    pair.push(2)
    assert pair.values == [1, 2]
    assert pair.arena.counts == ArenaCounts(unseen=2)
    assert [type(one) for one in pair.there].count(Share) == 1
    pair.finish()
    assert pair.arena.slots_in_use == 0
    pair.arena.close()


def test_who_has_no_arena_speaks_of_none() -> None:
    source, sink = Switchboard(identity("source")), Switchboard(identity("sink"))
    assert source.keep(bytearray(b"x")) == b"x"
    assert source.arena_counts == ArenaCounts()
    hear(sink, 5, hello())
    said(sink)
    hear(sink, 5, Share(1, bytes(16), 1, 1, 1))
    assert said(sink) == [Mapped(1, 0, [])]


def test_a_buffer_for_many_is_free_when_the_last_has_let_it_go() -> None:
    pair = Pair()
    connections = {name: pair.dial(name) for name in "abc"}
    pair.stage(0, *"abc")
    pair.carry()
    pair.delivered.clear()
    pair.stage(1, *"abc")
    pair.carry()
    assert len({told.slots[0] for told in pair.told[3:]}) == 1
    for one in connections.values():
        assert pair.arena.slots_in_use == 2
        pair.sinks[one].confirm(INLET, 2)
        pair.carry()
    while pair.delivered:
        assert pair.arena.slots_in_use == 1
        pair.delivered.pop()
        pair.carry()
    assert pair.arena.slots_in_use == 0
    pair.arena.close()


def test_after_a_lost_connection_only_where_it_lies_is_sent_again(pair: Pair) -> None:
    pair.push(6)
    pair.stage(7, "a")
    lost = [message_of(one) for one in pair.source.take_outgoing()]
    assert [one.slots for one in lost if isinstance(one, Data)] == [[SECOND]]
    number = pair.join("a", pair.sinks[1])
    assert pair.values == [6, 7]
    pair.finish(number)
    pair.push(8)
    assert pair.values == [8]
    assert pair.arena.counts.full == 0
    pair.finish(number)
    assert pair.arena.slots_in_use == 0


def test_what_was_returned_on_a_lost_connection_is_settled_on_the_next(pair: Pair) -> None:
    pair.push(1)
    pair.push(2)
    pair.delivered.pop(0)
    lost = pair.sinks[1].take_outgoing()
    assert isinstance(message_of(lost[-1]), Returned)
    number = pair.join("a", pair.sinks[1])
    assert pair.arena.has_lent("a")
    assert pair.values == [2]
    pair.finish(number)
    assert pair.arena.slots_in_use == 0


def test_a_reader_that_was_started_anew_holds_nothing(pair: Pair) -> None:
    pair.push(1)
    held = pair.delivered.pop()
    del pair.sinks[1]
    number = pair.dial(incarnation=1)
    assert pair.values == [1]
    pair.finish(number)
    assert pair.arena.slots_in_use == 0
    assert held.payload.size == SIZE


def test_the_successor_of_a_source_is_told_nothing_of_the_arena_before(pair: Pair) -> None:
    pair.push(1)
    sink = pair.sinks[1]
    hear(sink, 6, hello(incarnation=1))
    pair.delivered.clear()
    assert not [one for one in said(sink) if isinstance(one, Returned)]


def test_what_is_moved_is_told_of_to_who_gets_it(pair: Pair) -> None:
    pair.dial("b")
    pair.stage(0, "b", key=OTHER)
    pair.carry()
    pair.delivered.clear()
    pair.push(5)
    first = pair.told[-1].slots
    pair.delivered.clear()
    pair.source.move("a", KEY, "b", KEY)
    pair.carry()
    assert pair.values == [5]
    assert pair.told[-1].slots == first != []


def test_who_names_a_slot_of_no_arena_is_refused() -> None:
    sink = Switchboard(identity("sink"), sharing=Sharing(Arena(0, lambda: b""), BorrowedArenas(1)))
    hear(sink, 5, hello())
    hear(sink, 5, Data(1, *KEY, 0, 1, ROUND, [Slot(64, 10, 1)]), b"body")
    assert "of more than its arena holds" in repr(said(sink)[-1])
    assert sink.counts.garbage == 1


def test_who_names_a_slot_again_and_again_is_refused(pair: Pair) -> None:
    pair.push(5)
    pair.push(6)
    sink, slots = pair.sinks[1], pair.told[-1].slots
    assert slots
    hear(sink, 5, Data(1, *KEY, 2, 1, ROUND, slots * (ROOM // SIZE + 1)), b"body")
    assert "of more than its arena holds" in repr(said(sink)[-1])


def test_an_arena_larger_than_the_limits_allow_is_not_looked_at() -> None:
    reader = BorrowedArenas(1)
    sink = Switchboard(identity("sink"), sharing=Sharing(None, reader))
    hear(sink, 5, hello())
    hear(sink, 5, Share(1, bytes(16), 1, 1, identity().limits.arena_bytes + 1))
    assert said(sink)[-1] == Mapped(1, 0, [])


@pytest.mark.parametrize("frames", [(b"body",), (b"body", b"one", b"two")])
def test_who_sends_other_buffers_than_it_names_is_refused(frames: tuple[bytes, ...]) -> None:
    sink = Switchboard(identity("sink"), sharing=Sharing(Arena(0, lambda: b""), BorrowedArenas(1)))
    hear(sink, 5, hello())
    hear(sink, 5, Data(1, *KEY, 0, 1, ROUND, [None]), *frames)
    assert "other buffers than it names" in repr(said(sink)[-1])


def test_what_was_not_lent_cannot_be_returned_and_is_counted(pair: Pair) -> None:
    hear(pair.source, 1, Returned(1, [Slot(HEADER_BYTES, SIZE, 1)]))
    assert pair.source.counts.unexpected == 1
    hear(pair.source, 1, Confirm(1, [], 0, [], [Slot(HEADER_BYTES, SIZE, 1)] * 2))
    assert pair.source.counts.unexpected == 3


def test_who_has_no_arena_is_returned_nothing_and_counts_it() -> None:
    source = Switchboard(identity("source"))
    source.dialled("sink", 1)
    hear(source, 1, Welcome(1, "sink", 0, [], [], []))
    hear(source, 1, Confirm(1, [], 0, [], [Slot(HEADER_BYTES, SIZE, 1)]))
    assert source.counts.unexpected == 1


def test_returns_wait_for_other_words_unless_they_are_many_bytes() -> None:
    pair = Pair(HEADER_BYTES + 20 * 1024 * 1024)
    pair.dial()
    pair.push(0)
    pair.finish()
    pair.push(1)
    pair.delivered.clear()
    sink = pair.sinks[1]
    assert sink.owes
    assert said(sink, lazily=True) == []
    pair.push(2, size=3 * 1024 * 1024)
    pair.delivered.clear()
    [returned] = [one for one in said(sink, lazily=True) if isinstance(one, Returned)]
    assert len(returned.slots) == 1
    pair.arena.close()


def test_what_is_returned_is_told_along_with_what_is_confirmed(pair: Pair) -> None:
    pair.push(1)
    [delivered] = pair.delivered
    inlet, upto = delivered.inlet, delivered.first + delivered.count
    pair.delivered.clear()
    del delivered
    sink = pair.sinks[1]
    sink.take(inlet, 1)
    sink.confirm(inlet, upto)
    [told] = sink.take_outgoing()
    confirm = message_of(told)
    assert isinstance(confirm, Confirm)
    assert len(confirm.slots) == 1
    assert pair.arena.slots_in_use == 1
    pair.source.receive(1, told.frames)
    assert pair.arena.slots_in_use == 0
