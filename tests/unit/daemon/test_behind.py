"""When a daemon is behind, and how long it then asks its senders to wait."""

from __future__ import annotations

import pytest

from swarmdsl.daemon.behind import AT_REST, BEHIND, FIRST_S, PUSHES_EACH_MAX, WINDOW_S, Behind

MOST_S = 0.01
STEP_S = 0.03125  # a little more than a window, and exact in binary
assert WINDOW_S < STEP_S


def came(behind: Behind, pushes: int) -> None:
    """A frame comes with so many pushes."""
    behind.frames += 1
    behind.pushes += pushes


class Receiver:
    """One that is fed window by window."""

    def __init__(self, most_s: float = MOST_S) -> None:
        self.behind = Behind(most_s)
        self._now_s = 0.0
        self.behind.passed(0.0, 0.0)

    def window(self, *, at_work: float, frames: int = 100, pushes: int = 1) -> bool:
        """So much of a window is spent at work on so many frames, with so many pushes in each."""
        for _ in range(frames):
            came(self.behind, pushes)
        self._now_s += STEP_S
        return self.behind.passed(self._now_s, STEP_S * (1 - at_work))

    def asks(self, windows: int, *, at_work: float, frames: int = 100, pushes: int = 1) -> float:
        for _ in range(windows):
            self.window(at_work=at_work, frames=frames, pushes=pushes)
        return self.behind.linger_s


def test_one_that_never_rests_asks_for_more_and_more_up_to_the_budget() -> None:
    receiver = Receiver()
    asked = [receiver.asks(1, at_work=1.0) for _ in range(6)]
    assert asked == [0.001, 0.002, 0.004, 0.008, MOST_S, MOST_S]


def test_it_says_when_it_asks_for_more_and_only_then() -> None:
    receiver = Receiver(most_s=0.002)
    assert [receiver.window(at_work=1.0) for _ in range(3)] == [True, True, False]
    assert not receiver.window(at_work=0.0)


@pytest.mark.parametrize(
    ("at_work", "frames", "pushes"),
    [
        (BEHIND - 0.01, 100, 1),
        (1.0, 1, 1),  # it is at work on what it was given, and not on frames
        (1.0, 100, PUSHES_EACH_MAX),
    ],
)
def test_one_that_would_gain_nothing_asks_for_nothing(
    at_work: float, frames: int, pushes: int
) -> None:
    assert Receiver().asks(5, at_work=at_work, frames=frames, pushes=pushes) == 0.0


def test_once_it_rests_half_of_the_time_it_asks_for_less_until_it_asks_for_nothing() -> None:
    receiver = Receiver()
    receiver.asks(4, at_work=1.0)
    asked = [receiver.asks(1, at_work=AT_REST - 0.01) for _ in range(5)]
    assert asked == [0.004, 0.002, FIRST_S, 0.0, 0.0]


def test_after_a_long_silence_nothing_is_left_of_what_it_asked_for() -> None:
    behind = Behind(1.0)
    behind.passed(0.0, 0.0)
    for step in range(1, 12):
        for _ in range(100):
            came(behind, 1)
        behind.passed(step * STEP_S, 0.0)
    assert behind.linger_s == 1.0
    assert not behind.passed(9.0, 8.5)
    assert behind.linger_s == 0.0


def test_in_between_it_goes_on_asking_for_what_has_helped() -> None:
    receiver = Receiver()
    receiver.asks(3, at_work=1.0)
    assert receiver.asks(50, at_work=0.7) == 0.004


def test_one_to_which_nothing_comes_any_more_asks_for_nothing() -> None:
    receiver = Receiver()
    receiver.asks(5, at_work=1.0)
    assert receiver.asks(4, at_work=0.0, frames=0) == 0.0


def test_nothing_is_asked_for_where_no_link_has_time_to_give() -> None:
    assert Receiver(most_s=0.0).asks(5, at_work=1.0) == 0.0


def test_it_is_not_judged_before_a_window_is_over() -> None:
    receiver = Receiver()
    for step in range(1, 8):
        came(receiver.behind, 1)
        assert not receiver.behind.passed(step * WINDOW_S / 8, 0.0)
    assert receiver.behind.linger_s == 0.0
