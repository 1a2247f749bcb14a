"""What is kept for a receiver is pushed to another or to itself, or is dropped."""

from __future__ import annotations

import pytest

from swarmdsl.topology.model import Limits
from swarmdsl.wire.codec import Payload, encode_values
from swarmdsl.wire.messages import (
    ChannelKey,
    Confirm,
    Data,
    End,
    Hello,
    Mark,
    Welcome,
    decode,
    encode,
)
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.session.terms import Terms
from tests.memory_shelf import MemoryShelf
from tests.unit.wire.session.peers import identity

FIRST, SECOND = ChannelKey(0, 0, 0), ChannelKey(0, 0, 1)


class Sender:
    """A process that is connected with two receivers."""

    def __init__(self) -> None:
        self.board = Switchboard(identity("source"))
        self.to = self.board.to
        for connection, peer in enumerate(("a", "b")):
            self.board.dialled(peer, connection)
            welcome = Welcome(self.to(peer).number, peer, 0, [], [], [])
            self.board.receive(connection, encode(welcome))
        self.board.take_outgoing()

    def pushes(self, *values: int) -> None:
        for value in values:
            self.board.push("a", FIRST, encode_values([value]), 1, 0)
        self.to("a").end(FIRST, 0)

    def said(self) -> list[object]:
        return [decode(out.frames).message for out in self.board.take_outgoing()]


def positions(said: list[object]) -> list[tuple[int, int]]:
    """To which receiver what goes, and at which position."""
    return [(one.destination, one.first) for one in said if isinstance(one, Data | End)]


def test_what_is_kept_goes_to_the_other_and_back_behind_what_was_there() -> None:
    sender = Sender()
    sender.pushes(7, 8)
    assert positions(sender.said()) == [(0, 0), (0, 1), (0, 2)]
    assert sender.board.push_again("a", FIRST, "b", SECOND) == 0
    assert positions(sender.said()) == [(1, 0), (1, 1), (1, 2)]
    assert sender.board.push_again("b", SECOND, "a", FIRST) == 3
    assert positions(sender.said()) == [(0, 3), (0, 4), (0, 5)]


def test_it_may_go_to_the_same_receiver_once_more() -> None:
    sender = Sender()
    sender.pushes(7)
    sender.said()
    assert sender.board.push_again("a", FIRST, "a", FIRST) == 2
    assert positions(sender.said()) == [(0, 2), (0, 3)]


def test_an_end_counts_what_was_pushed_since_it_moved() -> None:
    sender = Sender()
    sender.board.push("a", FIRST, encode_values([7]), 1, 0)
    sender.board.push_again("a", FIRST, "b", SECOND)
    sender.board.push_again("b", SECOND, "a", FIRST)
    sender.board.push("a", FIRST, encode_values([8]), 1, 0)
    sender.to("a").end(FIRST, 0)
    [end] = [one for one in sender.said() if isinstance(one, End)]
    assert end.count == 2


def test_the_former_receiver_is_told_where_to_go_on_if_not_all_was_sent() -> None:
    sender = Sender()
    sender.pushes(7)
    sender.to("a").interrupted(0)
    sender.board.push("a", FIRST, encode_values([8]), 1, 1)
    sender.said()
    sender.board.push_again("a", FIRST, "b", SECOND)
    [hello] = [one for one in sender.said() if isinstance(one, Hello)]
    assert hello.unconfirmed == [Mark(*FIRST, 3)]
    assert (sender.to("a").unconfirmed, sender.to("b").unconfirmed) == (0, 3)


class NotedShelf(MemoryShelf):
    """Notes in which order payloads come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def put(self, payload: Payload) -> int:
        self.asked.append("put")
        return super().put(payload)

    def get(self, ticket: int) -> Payload:
        self.asked.append("get")
        return super().get(ticket)


def test_behind_what_is_dropped_the_channel_goes_on_for_a_receiver_that_comes_back() -> None:
    sender = Sender()
    sender.pushes(7, 8)
    sender.said()
    assert sender.board.drop("a", FIRST) == (3, 2)
    assert sender.to("a").unconfirmed == 0
    sender.pushes(9)
    assert positions(sender.said()) == [(0, 3), (0, 4)]


def test_a_late_confirmation_of_what_was_dropped_confirms_nothing_else() -> None:
    sender = Sender()
    sender.pushes(7, 8)
    sender.board.drop("a", FIRST)
    sender.pushes(9)
    number = sender.to("a").number
    assert sender.to("a").receive(Confirm(number, [Mark(*FIRST, 2)])) == []
    assert sender.to("a").unconfirmed == 2


@pytest.mark.parametrize("gone", [True, False])
def test_a_receiver_that_was_gone_is_greeted_when_it_is_part_of_a_round(gone: bool) -> None:
    sender = Sender()
    sender.pushes(7)
    if gone:
        sender.board.move("a", FIRST, "b", SECOND)
    sender.said()
    sender.to("a").greet()
    sender.to("a").greet()
    hellos = [one.unconfirmed for one in sender.said() if isinstance(one, Hello)]
    assert hellos == ([[Mark(*FIRST, 2)]] if gone else [])


@pytest.mark.parametrize("move", ["move", "push_again"])
def test_what_has_spilled_is_moved_one_by_one_and_never_all_in_memory(move: str) -> None:
    shelf, limits = NotedShelf(), Limits(unconfirmed_messages=1)
    switchboard = Switchboard(identity("source"), terms=Terms(limits, shelf, frozenset({0})))
    for value in range(4):
        switchboard.push("a", FIRST, encode_values([value]), 1, 0)
    shelf.asked.clear()
    getattr(switchboard, move)("a", FIRST, "b", SECOND)
    assert shelf.asked == ["get", "put"] * 3


def test_what_has_spilled_may_go_to_the_same_receiver_once_more() -> None:
    shelf, limits = MemoryShelf(), Limits(unconfirmed_messages=1)
    switchboard = Switchboard(identity("source"), terms=Terms(limits, shelf, frozenset({0})))
    for value in range(4):
        switchboard.push("a", FIRST, encode_values([value]), 1, 0)
    assert switchboard.push_again("a", FIRST, "a", FIRST) == 4
    assert switchboard.to("a").unconfirmed == 4
    kept = [*switchboard.to("a").channel(FIRST).hand_over()]
    assert [(one.first, one.payload) for one in kept] == [
        (4 + value, encode_values([value])) for value in range(4)
    ]
