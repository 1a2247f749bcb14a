"""Daemon objects that remember, and daemon objects that produce."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from swarmdsl.daemon.daemon_program import DaemonProgram, SourceProgram, trait_of
from swarmdsl.daemon.recovery import Trait
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Produce
from swarmdsl.light import Daemon, on
from swarmdsl.wire.codec import encode_blob
from tests.handmade import link, task, topology


@dataclass
class State:
    seen: int


class Plain(Daemon):
    @on
    def take(self, number: int) -> None: ...


class Remembers(Plain):
    def __init__(self) -> None:
        self.state = State(0)

    def snapshot(self) -> State:
        return self.state

    def restore(self, state: State) -> None:
        self.state = state


class Produces(Daemon):
    def produce(self) -> Iterator[int]:
        yield from range(3)


class Replays(Daemon):
    next = 0

    def produce(self) -> Iterator[int]:
        yield from range(self.next, 3)

    def position(self) -> int:
        return self.next

    def seek(self, position: int) -> None:
        self.next = position


def produce(position: bytes | None) -> Produce:
    wiring = Wiring(topology([task("source", "daemon")], [link("source")]), "source@n1#0")
    (hosted,) = wiring.hosted.values()
    return Produce(hosted, 0, position, {})


@pytest.mark.parametrize(
    ("daemon", "trait"),
    [
        (Plain, None),
        (Remembers, Trait.REMEMBERS),
        (Produces, Trait.PRODUCES),
        (Replays, Trait.REPLAYS),
    ],
)
def test_what_a_class_defines_is_what_it_can_do(daemon: type, trait: Trait | None) -> None:
    assert trait_of(daemon) is trait


def test_a_state_comes_back_as_the_type_that_restore_takes() -> None:
    first, second = Remembers(), Remembers()
    first.state.seen = 4
    DaemonProgram(second).restore(encode_blob(DaemonProgram(first).snapshot()))
    assert second.state == State(4)


def test_a_source_produces_from_its_beginning_or_from_where_it_is_put() -> None:
    assert list(SourceProgram(Produces()).produce(produce(None))) == [0, 1, 2]
    assert list(SourceProgram(Replays()).produce(produce(encode_blob(2)))) == [2]
