"""What the accepting side knows of a process that has ended, when its successor comes."""

from __future__ import annotations

import pytest

from swarmdsl.wire.messages import Data
from swarmdsl.wire.session.events import Accepted, Former
from swarmdsl.wire.session.switchboard import Switchboard
from tests.unit.wire.session.peers import (
    INLET,
    KEY,
    ROUND,
    hear,
    hello,
    identity,
)


def board() -> Switchboard:
    """A switchboard that knows `source` on connection 5, by its number 1."""
    switchboard = Switchboard(identity())
    hear(switchboard, 5, hello(1))
    switchboard.take_outgoing()
    return switchboard


def push(switchboard: Switchboard, first: int, count: int) -> None:
    """The process that is going to end pushes."""
    hear(switchboard, 5, Data(1, *KEY, first, count, ROUND), b"body")


@pytest.mark.parametrize(("taken", "credit"), [(0, 3), (2, 5), (5, 8)])
def test_what_a_former_process_may_have_sent_beyond_is_bounded_by_its_credit(
    taken: int, credit: int
) -> None:
    switchboard = board()
    push(switchboard, 0, 5)
    switchboard.take(INLET, taken)
    switchboard.take_outgoing()
    (event,) = hear(switchboard, 6, hello(1, incarnation=1))
    assert isinstance(event, Accepted)
    assert event.former == (Former(INLET, unconfirmed=5, credit=credit),)
