"""What the user's code was given when it failed."""

from __future__ import annotations

import pytest

from swarmdsl.daemon.at_hand import AtHand
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Finish, Handle, Run
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet
from tests.handmade import link, task, topology

HOST = "sink@n1#0"
INLET = Inlet("source@n1#0", 0, ChannelKey(0, 0, 0))


@pytest.fixture
def wiring() -> Wiring:
    tasks = [task("source", "daemon"), task("sink", "daemon")]
    return Wiring(topology(tasks, [link("source", "sink", "take")]), HOST)


@pytest.fixture
def hosted(wiring: Wiring) -> Hosted:
    (one,) = wiring.hosted.values()
    return one


def batch(hosted: Hosted, first: int) -> Handle:
    return Handle(hosted, 0, "take", ["a", "b", "c"], {INLET: first + 2}, first)


def test_the_push_is_named_by_its_number_its_source_and_its_value(
    wiring: Wiring, hosted: Hosted
) -> None:
    at_hand, work = AtHand(wiring), batch(hosted, 16)
    for value in at_hand.begin(work).values:
        if value == "b":
            break
    assert at_hand.told(work, {}) == "at push 17 of source@n1#0: 'b'"


def test_its_values_are_those_of_the_batch(wiring: Wiring, hosted: Hosted) -> None:
    work = batch(hosted, 1)
    watched = AtHand(wiring).begin(work)
    assert (len(watched.values), watched.values) == (3, ["a", "b", "c"])
    assert watched.consumed is work.consumed


def test_nothing_is_told_where_no_push_was_taken(wiring: Wiring, hosted: Hosted) -> None:
    at_hand, work = AtHand(wiring), batch(hosted, 1)
    assert at_hand.told(work, {}) == ""
    at_hand.begin(work)
    assert at_hand.told(work, {}) == ""
    assert at_hand.told(Finish(hosted, 0, {}), {}) == ""


def test_a_function_is_told_with_its_arguments(wiring: Wiring, hosted: Hosted) -> None:
    at_hand = AtHand(wiring)
    run = Run(hosted, 0, {"value": 2}, {})
    assert at_hand.told(run, {"line": "to be"}) == "called with line='to be', value=2"
    assert at_hand.told(Run(hosted, 0, {}, {}), {}) == ""
