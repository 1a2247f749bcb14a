"""When those who push here are told that some of it is done with."""

from __future__ import annotations

import math

import pytest

from swarmdsl.daemon.telling import Telling
from swarmdsl.wire.messages import Data
from swarmdsl.wire.session.switchboard import Switchboard
from tests.unit.wire.session.peers import INLET, KEY, hear, hello, identity, mark, said, values


def hub(peers: int) -> Switchboard:
    """Somebody to whom so many peers push, and that owes one of them a confirmation."""
    switchboard = Switchboard(identity())
    for number in range(peers):
        name = "source" if not number else f"source{number}"
        hear(switchboard, number + 1, hello(1, mark(0), peer=name))
    hear(switchboard, 1, Data(1, *KEY, 0, 1, 0), bytes(values(1).body))
    said(switchboard)
    switchboard.take(INLET, 1)
    switchboard.confirm(INLET, 1)
    return switchboard


def test_who_has_not_been_told_for_long_is_told_at_once() -> None:
    telling = Telling(hub(1))
    assert telling.left_s(100.0, 0.01) == 0.0
    assert not telling.may_wait(100.0, 0.01)


@pytest.mark.parametrize(("peers", "seconds"), [(1, 0.01), (10, 0.01), (100, 0.1)])
def test_after_that_it_may_wait_the_longer_the_more_are_to_be_told(
    peers: int, seconds: float
) -> None:
    telling = Telling(hub(peers))
    telling.may_wait(100.0, 0.01)
    assert telling.left_s(100.0, 0.01) == pytest.approx(seconds)
    assert telling.may_wait(100.0 + seconds / 2, 0.01)
    assert not telling.may_wait(100.0 + seconds, 0.01)


def test_who_has_no_patience_tells_at_once() -> None:
    telling = Telling(hub(100))
    telling.may_wait(100.0, 0.0)
    assert not telling.may_wait(100.0, 0.0)
    assert telling.left_s(100.0, 0.0) == 0.0


def test_nothing_is_due_where_nothing_is_to_be_told() -> None:
    telling = Telling(Switchboard(identity()))
    assert telling.left_s(100.0, 0.01) == math.inf
    telling.may_wait(100.0, 0.01)
    assert not telling.may_wait(100.0, 0.01)


def test_who_is_in_a_hurry_tells_whatever_was_told_before() -> None:
    telling = Telling(hub(1))
    telling.may_wait(100.0, 0.01)
    assert telling.may_wait(100.001, 0.01)
    telling.hurry()
    assert not telling.may_wait(100.001, 0.01)
