"""The time that the user's code may take: it is interrupted there, and nowhere else."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
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


def test_what_cannot_be_interrupted_ends_with_its_process() -> None:
    program = (
        "from swarmdsl.daemon import time_limit\n"
        "time_limit.KILL_AFTER_S = 0.1\n"
        "with time_limit.Alarm().within(0.05):\n"
        "    sum(range(10**12))\n"  # it never asks for signals
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr
    assert "line 4 in <module>" in ended.stderr
