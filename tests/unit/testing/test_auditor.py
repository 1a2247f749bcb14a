"""Each promise of the protocol, and a planted breach of it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

import pytest

from swarmdsl.testing.auditor import Auditor
from swarmdsl.testing.network import End, Letter, Place
from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import AnyMessage, Confirm, Credit, Data, Mark, Welcome, encode
from swarmdsl.wire.messages import End as EndOfRound

LIMITS = Limits(inbox_messages=4, unconfirmed_messages=6)


class Watched:
    """An auditor between two places, and what it complains of."""

    def __init__(
        self, lossy: AbstractSet[int] = frozenset(), spilling: AbstractSet[int] = frozenset()
    ) -> None:
        self.complaints: list[str] = []
        self.auditor = Auditor(LIMITS, self.complain, lossy, spilling)
        places = [Place(name, name, "n", 0, lambda: None) for name in ("source", "sink")]
        self.source, self.sink = (place.new_end() for place in places)
        self.say(self.sink, self.source, Welcome(1, "sink", 0, [], [], []))

    def complain(self, checker: str, _text: str) -> None:
        self.complaints.append(checker)

    def push(self, first: int, count: int = 1, body: bytes = b"value") -> None:
        self.say(self.source, self.sink, Data(1, 0, 0, 0, first, count, 0), body)

    def end(self, first: int) -> None:
        self.say(self.source, self.sink, EndOfRound(1, 0, 0, 0, first, 0, first))

    def grant(self, limit: int) -> None:
        self.say(self.sink, self.source, Credit(1, [Mark(0, 0, 0, limit)]))

    def confirm(self, upto: int) -> None:
        self.say(self.sink, self.source, Confirm(1, [Mark(0, 0, 0, upto)]))

    def say(self, sender: End, receiver: End, message: AnyMessage, *payload: bytes) -> None:
        frames = [memoryview(bytes(frame)) for frame in encode(message, payload)]
        letter = Letter(sender, receiver, frames)
        self.auditor.sent(letter)
        self.auditor.arrived(letter)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_what_keeps_every_promise_is_not_complained_of(watched: Watched) -> None:
    for first in range(4):
        watched.push(first)
    watched.grant(6)
    watched.confirm(4)
    watched.push(4)
    watched.push(4)
    watched.end(5)
    watched.confirm(6)
    assert watched.complaints == []
    assert list(watched.auditor.unconfirmed()) == []


def jump(watched: Watched) -> None:
    watched.push(1)


def repeat_otherwise(watched: Watched) -> None:
    watched.push(0, body=b"value")
    watched.push(0, body=b"another")


def push_before_welcome(watched: Watched) -> None:
    watched.say(watched.source, watched.sink, Data(2, 0, 0, 0, 0, 1, 0), b"value")


def push_beyond_credit(watched: Watched) -> None:
    watched.push(0, count=5)


def keep_too_much(watched: Watched) -> None:
    watched.push(0, count=3)
    watched.grant(7)
    watched.push(3, count=4)


def grant_too_much(watched: Watched) -> None:
    watched.grant(5)


def confirm_what_never_came(watched: Watched) -> None:
    watched.confirm(1)


def take_a_confirmation_back(watched: Watched) -> None:
    watched.push(0, count=2)
    watched.confirm(2)
    watched.confirm(1)


@pytest.mark.parametrize(
    ("breach", "checker"),
    [
        (jump, "order"),
        (repeat_otherwise, "repetition"),
        (push_beyond_credit, "credit"),
        (keep_too_much, "bound"),
        (grant_too_much, "inbox"),
        (confirm_what_never_came, "confirmation"),
        (take_a_confirmation_back, "confirmation"),
    ],
)
def test_a_breach_is_noticed(
    breach: Callable[[Watched], None], checker: str, watched: Watched
) -> None:
    breach(watched)
    assert watched.complaints == [checker]


def test_what_is_still_kept_is_told(watched: Watched) -> None:
    watched.push(0, count=2)
    assert list(watched.auditor.unconfirmed()) == [
        "source -> sink on link 0 (0, 0): 2 sent, 2 arrived, 0 confirmed, credit to 4"
    ]


def test_a_hole_is_fine_where_a_push_is_sent_once_and_gives_its_credit_back() -> None:
    lossy = Watched(lossy={0})
    lossy.push(0)
    lossy.push(3, count=2)
    lossy.confirm(5)
    assert lossy.complaints == []
    lossy.push(5, count=2)
    assert lossy.complaints == ["credit"]


def test_what_spills_may_be_more_than_fits_memory() -> None:
    watched = Watched(spilling={0})
    keep_too_much(watched)
    assert watched.complaints == []
