"""What the user's code was given when it failed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from swarmdsl.daemon.at_hand import AtHand
from swarmdsl.daemon.note import Note, read_note
from swarmdsl.daemon.watched import Took
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Finish, Handle, Part, Run
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet
from tests.handmade import link, task, topology

HOST = "sink@n1#0"
INLET = Inlet("source@n1#0", 0, ChannelKey(0, 0, 0))


@pytest.fixture
def wiring() -> Wiring:
    tasks = [task("source", "daemon", ("n1", "n2")), task("sink", "daemon")]
    return Wiring(topology(tasks, [link("source", "sink", "take")]), HOST)


@pytest.fixture
def hosted(wiring: Wiring) -> Hosted:
    (one,) = wiring.hosted.values()
    return one


def batch(hosted: Hosted, first: int) -> Handle:
    parts = (Part(INLET, 3, first, 0.0),)
    return Handle(hosted, 0, "take", ["a", "b", "c"], {INLET: first + 2}, parts)


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
    alone = batch(hosted, 16).only(0)
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


def ticking() -> Callable[[], int]:
    """A clock that goes on by itself: each look at it takes longer than the one before."""
    times = iter([0, 10, 30, 60, 100])
    return lambda: next(times)


def test_each_push_takes_until_the_next_is_asked_for(wiring: Wiring, hosted: Hosted) -> None:
    at_hand = AtHand(wiring, now_ns=ticking())
    assert [*at_hand.begin(batch(hosted, 16)).values] == ["a", "b", "c"]
    assert at_hand.took() == [(1, [10, 20, 30])]


def test_waiting_for_others_is_no_time_of_the_push(wiring: Wiring, hosted: Hosted) -> None:
    at_hand = AtHand(wiring, now_ns=ticking())
    for value in at_hand.begin(batch(hosted, 16)).values:
        if value == "b":
            at_hand.paused(7)
            at_hand.paused(2)
    assert at_hand.took() == [(1, [10, 11, 30])]


def test_a_push_that_raised_has_no_time_and_is_told(wiring: Wiring, hosted: Hosted) -> None:
    at_hand, work = AtHand(wiring, now_ns=ticking()), batch(hosted, 16)
    for value in at_hand.begin(work).values:
        at_hand.paused(1)
        if value == "b":
            break
    assert at_hand.took() == [(1, [9])]
    assert at_hand.told(work, {}) == "at push 17 of source@n1#0: 'b'"


def test_each_push_may_be_noted_and_measured(
    wiring: Wiring, hosted: Hosted, tmp_path: Path
) -> None:
    file = tmp_path / "note"
    at_hand = AtHand(wiring, Note(file), exact=True, now_ns=ticking())
    notes = [read_note(file) for _ in at_hand.begin(batch(hosted, 16)).values]
    assert notes == [f"at push {number} of source@n1#0" for number in (16, 17, 18)]
    assert at_hand.took() == [(1, [10, 20, 30])]


def test_times_are_not_measured_unless_there_is_a_clock(wiring: Wiring, hosted: Hosted) -> None:
    at_hand = AtHand(wiring)
    assert [*at_hand.begin(batch(hosted, 16)).values] == ["a", "b", "c"]
    assert at_hand.took() == []


def of_two(hosted: Hosted) -> Handle:
    """Three pushes, the last of another source."""
    other = Inlet("source@n2#0", 0, ChannelKey(0, 1, 0))
    parts = (Part(INLET, 2, 7, 0.0), Part(other, 1, 4, 0.0))
    return Handle(hosted, 0, "take", ["a", "b", "c"], {INLET: 8, other: 4}, parts)


def test_each_push_is_told_with_the_source_that_it_is_from(wiring: Wiring, hosted: Hosted) -> None:
    at_hand, work = AtHand(wiring), of_two(hosted)
    told = [at_hand.told(work, {}) for _ in at_hand.begin(work).values]
    assert told == [
        "at push 7 of source@n1#0: 'a'",
        "at push 8 of source@n1#0: 'b'",
        "at push 4 of source@n2#0: 'c'",
    ]


def test_pushes_of_several_sources_are_noted_by_the_first(
    wiring: Wiring, hosted: Hosted, tmp_path: Path
) -> None:
    several = "at one of 3 pushes, the first of them 7 of source@n1#0"
    assert noted(wiring, of_two(hosted), tmp_path / "note") == [several] * 4 + [""]


def test_one_push_of_several_is_the_same_push_alone(hosted: Hosted) -> None:
    alone = of_two(hosted).only(2)
    assert (alone.values, [(one.inlet.peer, one.first) for one in alone.parts]) == (
        ["c"],
        [("source@n2#0", 4)],
    )
    with pytest.raises(IndexError):
        of_two(hosted).source_of(3)


def many(hosted: Hosted, count: int) -> Handle:
    return Handle(hosted, 0, "take", [*range(count)], {}, (Part(INLET, count, 1, 0.0),))


def handled(at_hand: AtHand, work: Handle, until: int | None = None) -> Took:
    for value in at_hand.begin(work).values:
        if value == until:
            break
    return at_hand.took()


def clock(step_ns: int) -> Callable[[], int]:
    times = count(0, step_ns)
    return lambda: next(times)


def test_pushes_of_a_quick_handler_are_timed_some_at_a_time(wiring: Wiring, hosted: Hosted) -> None:
    at_hand = AtHand(wiring, now_ns=clock(900))
    assert handled(at_hand, many(hosted, 66)) == [(1, [900] * 66)]  # nothing is known of it yet
    assert handled(at_hand, many(hosted, 66)) == [(8, [900] * 8), (2, [900])]
    assert handled(at_hand, many(hosted, 64)) == [(8, [900] * 8)]
    assert handled(at_hand, many(hosted, 63)) == [(1, [900] * 63)]  # too few to gain by it


def test_pushes_of_a_handler_that_is_quick_no_more_are_timed_one_by_one(
    wiring: Wiring, hosted: Hosted
) -> None:
    steps = iter([*range(0, 65 * 500, 500), *range(0, 9 * 9_000, 9_000), *range(65)])
    at_hand = AtHand(wiring, now_ns=lambda: next(steps))
    kinds = [handled(at_hand, many(hosted, 64))[0][0] for _ in range(3)]
    assert kinds == [1, 8, 1]


def test_of_a_batch_that_raised_the_push_is_told_though_it_was_timed_with_others(
    wiring: Wiring, hosted: Hosted
) -> None:
    at_hand = AtHand(wiring, now_ns=clock(100))
    handled(at_hand, many(hosted, 64))
    for until in (0, 7, 8, 20, 63):
        work = many(hosted, 64)
        whole, before = divmod(until, 8)
        took = handled(at_hand, work, until)
        assert took[0] == (8, [100] * whole)
        assert [together for together, _ in took[1:]] == ([before] if before else [])
        assert sum(together * len(of) for together, of in took) == until, "each is counted"
        assert at_hand.told(work, {}) == f"at push {until + 1} of source@n1#0: {until}"


def test_those_before_one_that_raised_count_for_no_more_than_quick_pushes(
    wiring: Wiring, hosted: Hosted
) -> None:
    steps = iter([*range(0, 65 * 500, 500), 40_000, 90_000, 5_000_000])
    at_hand = AtHand(wiring, now_ns=lambda: next(steps))
    handled(at_hand, many(hosted, 64))
    assert handled(at_hand, many(hosted, 64), until=12) == [(8, [50_000]), (4, [4_000])]


def test_waiting_for_others_is_no_time_of_those_that_were_timed_together(
    wiring: Wiring, hosted: Hosted
) -> None:
    at_hand = AtHand(wiring, now_ns=clock(900))
    handled(at_hand, many(hosted, 64))
    for value in at_hand.begin(many(hosted, 64)).values:
        if value in (9, 15):
            at_hand.paused(100)
    assert at_hand.took() == [(8, [900, 700, *[900] * 6])]
