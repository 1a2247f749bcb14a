"""The life that is lived before the first fork: whole, short, and without a trace."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from swarmdsl.daemon.rehearsal import REHEARSALS_MAX, live_once, rehearse


class Clock:
    """Counts how often a life begins: each asks for the time before anything has come."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> float:
        self.asked += 1
        return time.monotonic()


def test_it_is_a_life_that_ends_in_good_order() -> None:
    assert live_once(time.monotonic) == 0


def test_it_leaves_no_file_thread_module_or_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    live_once(time.monotonic)
    before = set(sys.modules), list(sys.path), threading.active_count()
    live_once(time.monotonic)
    assert (set(sys.modules), list(sys.path), threading.active_count()) == before
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("wanted", "lived"), [(0, 0), (2, 2), (1_000_000, REHEARSALS_MAX)])
def test_there_are_as_many_as_are_wanted_up_to_a_limit(wanted: int, lived: int) -> None:
    one, all_of_them = Clock(), Clock()
    live_once(one)
    rehearse(wanted, all_of_them)
    assert all_of_them.asked == lived * one.asked
