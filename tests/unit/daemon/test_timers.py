"""When timers are due, and how much is handled before they are looked at."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.daemon.timers import CALLS_MAX, Due, Timers


def test_a_timer_is_first_due_one_period_after_the_round_began() -> None:
    timers = Timers({"beat": 2.0})
    assert timers.tick(100.0) == 102.0
    assert timers.take() is None
    timers.tick(102.0)
    assert timers.take() == Due("beat")


def test_a_timer_keeps_its_rhythm_however_late_it_was_called() -> None:
    timers = Timers({"beat": 1.0})
    timers.tick(0.0)
    assert timers.tick(1.75) == 2.0
    assert timers.tick(2.25) == 3.0


def test_what_was_due_more_than_once_is_done_once() -> None:
    timers = Timers({"beat": 1.0})
    timers.tick(0.0)
    timers.tick(5.5)
    timers.tick(5.75)
    assert [timers.take(), timers.take()] == [Due("beat"), None]


def test_of_two_that_are_due_the_one_that_waited_longer_comes_first() -> None:
    timers = Timers({"slow": 3.0, "fast": 1.0})
    timers.tick(0.0)
    timers.tick(1.0)
    timers.tick(3.0)
    assert [timers.take(), timers.take(), timers.take()] == [Due("fast"), Due("slow"), None]


def test_a_new_round_begins_them_anew() -> None:
    timers = Timers({"beat": 1.0})
    timers.tick(0.0)
    timers.tick(1.0)
    timers.rest()
    assert timers.take() is None
    assert timers.tick(10.25) == 11.25


def test_without_timers_nothing_is_ever_due() -> None:
    timers = Timers({})
    assert (timers.tick(0.0), timers.take()) == (math.inf, None)


def test_without_timers_so_many_are_handled_in_a_row_as_take_two_milliseconds() -> None:
    timers = Timers({})
    assert timers.values_max == 1  # nobody knows yet how long one takes
    timers.worked(10, 0.001)
    assert timers.values_max == 20
    timers.worked(1, 60.0)
    assert timers.values_max == 1
    timers.worked(1, 0.0)
    assert timers.values_max is None


def test_pushes_that_take_long_are_handled_few_at_a_time() -> None:
    timers = Timers({"beat": 0.004, "rarely": 60.0})
    assert timers.values_max == 1  # nobody knows yet how long one takes
    timers.worked(10, 0.001)
    assert timers.values_max == 10
    timers.worked(1, 30.0)
    assert timers.values_max == 1
    timers.worked(4, 0.0)
    assert timers.values_max is None


@given(
    st.floats(0.001, 100.0),
    st.lists(st.floats(0.0, 1000.0), min_size=1, max_size=20),
)
def test_the_next_time_is_always_ahead_and_within_one_period(
    period_s: float, steps: list[float]
) -> None:
    timers = Timers({"beat": period_s})
    now_s = 0.0
    for step in steps:
        now_s += step
        next_s = timers.tick(now_s)
        assert now_s <= next_s <= now_s + period_s * (1 + 1e-9)


def test_a_timer_that_may_linger_is_called_as_often_as_it_was_due() -> None:
    timers = Timers({"fast": 0.25, "slow": 2.0}, linger_s=1.0)
    assert timers.tick(10.0) == 11.25
    assert timers.tick(11.0) == 11.25
    timers.tick(11.25)
    assert [timers.take(), timers.take()] == [Due("fast", 5), None]
    assert timers.tick(12.0) == 12.5
    assert timers.take() == Due("slow")


def test_what_it_missed_while_other_work_was_done_is_made_good() -> None:
    timers = Timers({"fast": 0.25}, linger_s=1.0)
    timers.tick(10.0)
    timers.tick(13.0)
    timers.tick(14.25)
    assert timers.take() == Due("fast", 17)


def test_a_timer_that_is_asked_to_linger_is_called_later_and_as_often_as_it_was_due() -> None:
    timers = Timers({"fast": 0.25})
    assert timers.tick(10.0) == 10.25
    timers.linger(1.0)
    assert timers.tick(10.5) == 11.25
    timers.tick(11.25)
    assert timers.take() == Due("fast", 5)


def test_one_that_need_not_linger_any_longer_is_called_at_once_and_misses_nothing() -> None:
    timers = Timers({"fast": 0.25}, linger_s=1.0)
    timers.tick(10.0)
    timers.linger(0.0)
    assert timers.tick(10.75) == 11.0
    assert timers.take() == Due("fast", 3)
    timers.tick(11.5)
    assert timers.take() == Due("fast", 1)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=1, max_size=20))
def test_however_long_it_lingers_meanwhile_it_is_called_once_for_each_period(
    lingers: list[float],
) -> None:
    timers = Timers({"fast": 0.25}, linger_s=1.0)
    timers.tick(0.0)
    now_s, calls = 0.0, 0
    for linger_s in lingers:
        timers.linger(linger_s)
        now_s = timers.tick(now_s)
        timers.tick(now_s)
        due = timers.take()
        calls += due.times if due else 0
    assert calls == now_s // 0.25


def test_what_is_made_good_is_bounded() -> None:
    timers = Timers({"fast": 0.25}, linger_s=1.0)
    timers.tick(10.0)
    timers.tick(1_000_000.0)
    assert timers.take() == Due("fast", CALLS_MAX)
    assert timers.take() is None
