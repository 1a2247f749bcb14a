"""The time that the user's code may take: it is interrupted there, and nowhere else."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from typing import NoReturn

import pytest

from swarmdsl.daemon.time_limit import Alarm, TimeIsUp

SOON_S = 0.02
LATE_S = 30.0


def until_interrupted() -> NoReturn:
    while True:
        signal.pause()


def burn(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_what_takes_too_long_is_interrupted() -> None:
    with pytest.raises(TimeIsUp), Alarm().within(SOON_S):
        until_interrupted()


def test_what_ends_in_time_is_not() -> None:
    alarm, before = Alarm(), signal.getsignal(signal.SIGALRM)
    with alarm.within(LATE_S):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_no_exception_handler_of_the_users_stops_it() -> None:
    with pytest.raises(TimeIsUp), Alarm().within(SOON_S):
        try:
            until_interrupted()
        except Exception:
            pytest.fail("it is no Exception")


def swallow() -> None:
    try:
        until_interrupted()
    except BaseException:
        return


def test_code_that_catches_it_and_goes_on_is_late_all_the_same() -> None:
    with pytest.raises(TimeIsUp) as raised, Alarm().within(SOON_S):
        swallow()
    frames = [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert "until_interrupted" in frames


def test_code_that_lets_it_through_has_not_caught_it_and_other_code_has() -> None:
    with pytest.raises(TimeIsUp) as straight, Alarm().within(SOON_S):
        until_interrupted()
    with pytest.raises(TimeIsUp) as caught, Alarm().within(SOON_S), suppress(BaseException):
        until_interrupted()
    assert (straight.value.was_caught, caught.value.was_caught) == (False, True)


def test_code_that_fails_as_it_cleans_up_is_late_all_the_same() -> None:
    with pytest.raises(TimeIsUp) as raised, Alarm().within(SOON_S):
        swallow()
        raise ValueError("while cleaning up")
    assert isinstance(raised.value.__context__, ValueError)


def test_code_that_goes_on_is_told_once_more_when_it_is_asked() -> None:
    alarm, done = Alarm(), []
    with pytest.raises(TimeIsUp), alarm.within(SOON_S):
        alarm.check()
        swallow()
        alarm.check()
        done.append("never")
    assert done == []
    with alarm.within(LATE_S):
        alarm.check()  # Another time has begun.


def test_our_own_code_is_interrupted_only_at_its_end() -> None:
    alarm, done = Alarm(), []
    with pytest.raises(TimeIsUp), alarm.within(SOON_S):
        with alarm.held():
            burn(4 * SOON_S)
            done.append("whole")
        done.append("never")
    assert done == ["whole"]


def test_blocks_that_are_held_within_one_another_end_with_the_outermost() -> None:
    alarm, done = Alarm(), []
    with pytest.raises(TimeIsUp), alarm.within(SOON_S), alarm.held():
        with alarm.held():
            burn(4 * SOON_S)
        done.append("still held")
    assert done == ["still held"]


def test_a_pause_does_not_count() -> None:
    alarm = Alarm()
    with alarm.within(10 * SOON_S):
        for _ in range(4):
            with alarm.held(), alarm.paused():
                burn(4 * SOON_S)
            assert signal.getitimer(signal.ITIMER_REAL)[0] > 0.0
    with pytest.raises(TimeIsUp), alarm.within(SOON_S):
        with alarm.paused():
            burn(2 * SOON_S)
        until_interrupted()


def test_a_late_ring_means_nothing_any_more() -> None:
    alarm = Alarm()
    with alarm.within(SOON_S), alarm.held(), alarm.paused():
        pass
    with alarm.held():
        burn(2 * SOON_S)


IN_C = "with alarm.within(0.05): sum(range(10**12))"  # it never asks for signals
SWALLOWED = """
with alarm.within(0.05):
    while True:
        try:
            with alarm.paused():  # as where it asks the controller something
                pass
            time.sleep(1e-3)
        except BaseException:
            pass
"""
SWALLOWED_IN_A_PAUSE = """
with alarm.within(0.05):
    try:
        with alarm.held():
            time.sleep(0.1)
            with alarm.paused():
                time.sleep(0.1)
    except BaseException:
        while True:
            time.sleep(1e-3)
"""


@pytest.mark.parametrize("code", [IN_C, SWALLOWED, SWALLOWED_IN_A_PAUSE])
def test_what_cannot_be_interrupted_ends_with_its_process(code: str) -> None:
    program = (
        "import time\n"
        "from swarmdsl.daemon import time_limit\n"
        "time_limit.KILL_AFTER_S = 0.15\n"
        "alarm = time_limit.Alarm()\n"
        f"{code}\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr
    assert "in <module>" in ended.stderr
