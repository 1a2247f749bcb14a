"""Events are built of what came at the same time, in whatever order it is heard of."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from swarmdsl_modules.coincidence import Builder, Event, expected

WINDOW = 10
Triggers = list[tuple[int, int]]

moments = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 3)), unique=True)


def builder(sources: int = 4, timeout_s: float = 1.0, smallest: int = 2) -> Builder[int]:
    return Builder[int](sources, WINDOW, timeout_s, smallest)


def shuffled(triggers: Triggers, seed: int) -> Triggers:
    """In any order, but each source's own in increasing time."""
    queues = {source: sorted(one for one in triggers if one[1] == source) for source in range(4)}
    random, order = Random(seed), []
    while left := [source for source, queue in queues.items() if queue]:
        order.append(queues[random.choice(left)].pop(0))
    return order


def told(one: Builder[int], triggers: Sequence[tuple[int, int]]) -> list[Event[int]]:
    return [event for time, source in triggers for event in one.add(time, source, time, now_s=0.0)]


def shown(events: list[Event[int]]) -> list[tuple[int, Sequence[int]]]:
    return [(event.time, [*event.values]) for event in events]


@given(moments, st.integers())
def test_the_order_in_which_sources_are_heard_changes_nothing(
    triggers: Triggers, seed: int
) -> None:
    one = builder()
    events = [*told(one, shuffled(triggers, seed)), *one.close()]
    assert shown(events) == expected(triggers, WINDOW)
    assert all(event.whole for event in events)


@given(moments, st.integers(), st.integers(0, 40))
def test_what_is_told_again_changes_nothing(triggers: Triggers, seed: int, again: int) -> None:
    order = shuffled(triggers, seed)
    again = min(again, len(order))
    one = builder()
    events = told(one, order[:again]) + told(one, order[: again // 2])
    events += [*told(one, order[again:]), *one.close()]
    assert shown(events) == expected(triggers, WINDOW)
    assert one.repeated == len(order[: again // 2])


@given(moments, st.integers(), st.integers(0, 40))
def test_another_builder_goes_on_where_one_was_saved(
    triggers: Triggers, seed: int, cut: int
) -> None:
    order = shuffled(triggers, seed)
    first, second = builder(), builder()
    events = told(first, order[:cut])
    second.restore(first.saved(), now_s=0.0)
    events += [*told(second, order[cut:]), *second.close()]
    assert shown(events) == expected(triggers, WINDOW)


def test_an_event_waits_until_every_source_has_been_heard_of_beyond_its_window() -> None:
    one = builder(sources=2)
    assert told(one, [(100, 0), (105, 1), (110, 0), (110, 1), (111, 0)]) == []
    (event,) = told(one, [(111, 1)])
    assert (event.time, event.values) == (100, {0: 100, 1: 105})


def test_a_silent_source_is_waited_for_no_longer_than_the_time_out() -> None:
    one = builder(sources=3)
    told(one, [(100, 0), (105, 1)])
    assert [*one.expire(0.9)] == []
    (event,) = one.expire(1.0)
    assert (event.time, event.whole) == (100, False)
    assert one.waiting == 0


def test_what_comes_after_its_window_was_closed_is_counted_as_late() -> None:
    one = builder(sources=3)
    told(one, [(100, 0), (105, 1)])
    assert len([*one.expire(1.0)]) == 1
    told(one, [(108, 2), (200, 2)])
    assert (one.late, one.waiting) == (1, 1)


def test_events_of_too_few_sources_are_counted_and_not_built() -> None:
    one = builder(sources=2, smallest=2)
    told(one, [(100, 0), (200, 0), (300, 1), (301, 0)])
    assert shown([*one.close()]) == [(300, [1, 0])]
    assert one.small == 2


def test_what_was_saved_waits_for_its_time_out_anew() -> None:
    first, second = builder(sources=2), builder(sources=2)
    told(first, [(100, 0)])
    second.restore(first.saved(), now_s=50.0)
    assert [*second.expire(50.9)] == []
    assert second.small == 0
    assert [*second.expire(51.0)] == []
    assert second.small == 1


def test_counts_are_saved_too() -> None:
    first, second = builder(sources=2), builder(sources=2)
    told(first, [(100, 0), (100, 0), (200, 1), (300, 0), (400, 1)])
    second.restore(first.saved(), now_s=0.0)
    assert (second.repeated, second.small) == (first.repeated, first.small) == (1, 2)
