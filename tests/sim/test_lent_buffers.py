"""Buffers in an arena, while connections break, messages are lost, and readers die.

A source pushes buffers that are full of their position. The sink looks at some of them for long.
What it looks at must never change, all must come once and in order to each of its processes, and in
the end the arena must be empty.
"""

from __future__ import annotations

import os
from collections import deque
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.daemon.arena import HEADER_BYTES, Arena
from swarmdsl.daemon.borrowed_arenas import BorrowedArenas
from swarmdsl.topology.model import Limits
from swarmdsl.wire.arena.sharing import Sharing
from swarmdsl.wire.arena.slot import LENT_BYTES_MIN
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.frames import Buffer
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Delivered, Inlet, Outgoing
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.switchboard import Switchboard

KEYS = (ChannelKey(0, 0, 0), ChannelKey(1, 0, 0))
SLOTS = 5
SIZE = LENT_BYTES_MIN
ACTIONS = {"push": 6, "carry": 16, "look away": 4, "confirm": 4, "redial": 1, "restart": 1}
LIMITS = Limits(inbox_messages=6, unconfirmed_messages=8)
TURNS_MAX = 1_000  # far beyond what a settled pair needs


def identity(peer: str, incarnation: int) -> Identity:
    return Identity(
        run="r",
        topology="t",
        peer=peer,
        incarnation=incarnation,
        address=f"memory://{peer}",
        limits=LIMITS,
    )


class World:
    """A source with an arena, a wire, and the present process of a sink."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.arena = Arena(HEADER_BYTES + SLOTS * SIZE, lambda: random.randbytes(16))
        sharing = Sharing(self.arena, BorrowedArenas(os.getpid()))
        self.source = Switchboard(identity("source", 0), sharing=sharing)
        self._incarnations, self._connections = count(), count(1)
        self.connection = 0
        self.restart()

    def restart(self) -> None:
        """The sink dies, with all that it looks at; its successor knows nothing."""
        incarnation = next(self._incarnations)
        sharing = Sharing(Arena(0, lambda: b""), BorrowedArenas(os.getpid()))
        self.sink = Switchboard(identity("sink", incarnation), sharing=sharing)
        self.held: list[tuple[int, Buffer]] = []
        self.done: dict[Inlet, int] = {}
        self.redial()

    def redial(self) -> None:
        """The connection breaks with what is on it, and a new one is made."""
        self.connection = next(self._connections)
        self.there: deque[Outgoing] = deque()
        self.back: deque[Outgoing] = deque()
        self.source.dialled("sink", self.connection)

    def push(self) -> None:
        """One buffer, if there is credit for it."""
        key = self._random.choice(KEYS)
        channel = self.source.to("sink").channel(key)
        if channel.room:
            buffer = self.arena.keep(bytes([channel.next % 256]) * SIZE)
            self.source.push("sink", key, Payload(b"", (buffer,)), 1, 0)

    def carry(self) -> bool:
        """One message, there or back; False if there is none."""
        self.there += [one for one in self.source.take_outgoing() if self._is_present(one)]
        self.back += self.sink.take_outgoing()
        ways = [way for way in (self.there, self.back) if way]
        if not ways:
            return False
        way = self._random.choice(ways)
        frames = way.popleft().frames
        if way is self.back:
            self.source.receive(self.connection, frames)
        else:
            for event in self.sink.receive(self.connection, frames):
                if isinstance(event, Delivered):
                    self._take(event)
        return True

    def _is_present(self, one: Outgoing) -> bool:
        return one.connection == self.connection

    def _take(self, event: Delivered) -> None:
        expected = self.done.get(event.inlet, event.first)
        assert event.first == expected, "out of order, or twice"
        self.done[event.inlet] = event.upto
        self.held.append((event.first, event.payload.buffers[0]))
        self.sink.take(event.inlet, event.count)

    def confirm(self) -> None:
        """The sink is done with what has come on a channel."""
        if self.done:
            inlet = self._random.choice([*self.done])
            self.sink.confirm(inlet, self.done[inlet])

    def look_away(self) -> None:
        """The sink lets go of one buffer."""
        if self.held:
            self.held.pop(self._random.randrange(len(self.held)))

    def check(self) -> None:
        """Nothing that is looked at has changed."""
        for position, buffer in self.held:
            view = memoryview(buffer)
            assert view[0] == view[SIZE - 1] == position % 256, "it was written over"

    def settle(self) -> None:
        """All that is under way comes, and the sink is done with it."""
        for _ in range(TURNS_MAX):
            while self.carry():
                self.check()
            if not self.source.unconfirmed().total() and not self.held:
                return
            self.held.clear()
            for inlet, upto in self.done.items():
                self.sink.confirm(inlet, upto)
        raise AssertionError("it does not settle")


def act(seed: int, steps: int) -> World:
    random = Random(seed)
    world = World(random)
    act_of = {
        "push": world.push,
        "carry": world.carry,
        "look away": world.look_away,
        "confirm": world.confirm,
        "redial": world.redial,
        "restart": world.restart,
    }
    for name in random.choices([*ACTIONS], [*ACTIONS.values()], k=steps):
        act_of[name]()
        world.check()
    return world


@given(st.integers(0, 2**32), st.integers(1, 250))
def test_what_is_looked_at_never_changes_and_the_arena_is_empty_in_the_end(
    seed: int, steps: int
) -> None:
    world = act(seed, steps)
    world.settle()
    assert world.arena.slots_in_use == 0
    assert world.source.counts.unexpected == 0
    world.arena.close()


@pytest.mark.parametrize("count_of", ["shared", "full", "unseen"])
def test_buffers_travel_in_every_way(count_of: str) -> None:
    worlds = [act(seed, 250) for seed in range(20)]
    assert sum(getattr(one.arena.counts, count_of) for one in worlds) > 10
    for one in worlds:
        one.arena.close()
