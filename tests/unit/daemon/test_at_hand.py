"""What the user's code was given when it failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from swarmdsl.daemon.at_hand import AtHand
from swarmdsl.daemon.note import Note, read_note
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


def noted(wiring: Wiring, work: Handle, file: Path, *, exact: bool = False) -> list[str]:
    """What is noted before the work, at each of its pushes, and when it is done."""
    at_hand = AtHand(wiring, Note(file), exact=exact)
    values = at_hand.begin(work).values
    notes = [read_note(file), *(read_note(file) for _ in values)]
    at_hand.end()
    return [*notes, read_note(file)]


def test_a_batch_is_noted_as_a_whole(wiring: Wiring, hosted: Hosted, tmp_path: Path) -> None:
    several = "at one of the pushes 16 to 18 of source@n1#0"
    assert noted(wiring, batch(hosted, 16), tmp_path / "note") == [several] * 4 + [""]
    alone = structs.replace(batch(hosted, 16), values=["a"])
    exactly = "at push 16 of source@n1#0"
    assert noted(wiring, alone, tmp_path / "note") == [exactly, exactly, ""]


def test_where_a_process_died_before_each_push_is_noted(
    wiring: Wiring, hosted: Hosted, tmp_path: Path
) -> None:
    each = [f"at push {number} of source@n1#0" for number in (16, 17, 18)]
    assert noted(wiring, batch(hosted, 16), tmp_path / "note", exact=True) == ["", *each, ""]


def test_what_is_raised_is_told_there_too(wiring: Wiring, hosted: Hosted) -> None:
    at_hand, work = AtHand(wiring, exact=True), batch(hosted, 16)
    for value in at_hand.begin(work).values:
        if value == "b":
            break
    assert at_hand.told(work, {}) == "at push 17 of source@n1#0: 'b'"
