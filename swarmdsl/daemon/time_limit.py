"""How long the user's code may take: it is interrupted, and ended if that does not help.

A timer of the kernel interrupts what runs in the main thread. The interruption is an exception, so
it must never come while the daemon's own code is at work on its state: then it is held back, and
comes when the user's code goes on. Code that catches it all the same gains nothing by that: it
comes once more where that code pushes something, and where it ends. Code that goes on and on, or
never returns from a library written in C, is ended with its process, by a thread that needs no
interpreter.
"""

from __future__ import annotations

import faulthandler
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Protocol

from swarmdsl.daemon.unguarded import UNGUARDED

SHORTEST_S = 0.001  # of a timer: zero would stop it
KILL_AFTER_S = 5.0  # beyond the limit, for code that is interrupted to clean up after itself


class TimeIsUp(BaseException):
    """The time of the work at hand is over; no `except Exception` of the user's stops it.

    Attributes:
        was_caught: another `except` did, so it had to be raised once more.
    """

    was_caught = False


class TimeLimit(Protocol):
    """Interrupts the user's code."""

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """A block that `TimeIsUp` ends after so many seconds."""

    def held(self) -> AbstractContextManager[None]:
        """A block, within such a one, that is not interrupted: `TimeIsUp` comes at its end."""

    def check(self) -> None:
        """Raise `TimeIsUp` once more, if the code at work has caught it and has gone on."""

    def paused(self) -> AbstractContextManager[None]:
        """The same, and its time does not count."""


class Alarm:
    """Limits by a timer of the process; one in a process, and only in its main thread.

    >>> alarm = Alarm()
    >>> try:
    ...     with alarm.within(0.01):
    ...         while True:
    ...             pass
    ... except TimeIsUp:
    ...     print("interrupted")
    interrupted
    """

    def __init__(self) -> None:
        self._held = 0
        self._is_set = self._is_due = self._is_paused = False
        self._raised: TimeIsUp | None = None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """A block that `TimeIsUp` ends after so many seconds, and the process a little later.

        However the block ends once its time is up, `TimeIsUp` is what it raises.
        """
        before = signal.signal(signal.SIGALRM, self._ring)
        self._is_set, self._is_due, self._raised = True, False, None
        self._set(seconds)
        is_caught = True
        try:
            yield
        except TimeIsUp:
            is_caught = False
            raise
        finally:
            self._is_set = False
            self._stop()
            signal.signal(signal.SIGALRM, before)
            if is_caught:
                self.check()

    def check(self) -> None:
        """Raise `TimeIsUp` once more, if the code at work has caught it and has gone on."""
        if self._raised is not None:
            self._raised.was_caught = True
            raise self._raised

    def held(self) -> AbstractContextManager[None]:
        """A block that is not interrupted: `TimeIsUp` comes at its end."""
        return self._hold() if self._is_set else UNGUARDED

    @contextmanager
    def _hold(self) -> Iterator[None]:
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        self._make_up()

    def paused(self) -> AbstractContextManager[None]:
        """The same, and its time does not count, unless it is up already."""
        if not self._is_set or self._is_paused:
            return UNGUARDED
        return self._pause() if self._raised is None else self._hold()

    @contextmanager
    def _pause(self) -> Iterator[None]:
        self._held += 1
        self._is_paused = True
        left_s = self._stop()
        try:
            yield
        finally:
            self._held -= 1
            self._is_paused = False
        if self._is_due:
            faulthandler.dump_traceback_later(KILL_AFTER_S, exit=True)
        else:
            self._set(left_s)
        self._make_up()

    def _set(self, seconds: float) -> None:
        faulthandler.dump_traceback_later(seconds + KILL_AFTER_S, exit=True)
        signal.setitimer(signal.ITIMER_REAL, max(seconds, SHORTEST_S))

    def _stop(self) -> float:
        left_s, _ = signal.setitimer(signal.ITIMER_REAL, 0.0)
        faulthandler.cancel_dump_traceback_later()
        return left_s

    def _make_up(self) -> None:
        if self._is_due and self._is_set and not self._held:
            self._is_due = False
            self._raise()

    def _ring(self, _signal: int, _frame: FrameType | None) -> None:
        if not self._is_set:
            return
        if self._held:
            self._is_due = True
        else:
            self._raise()

    def _raise(self) -> None:
        self._raised = TimeIsUp()
        raise self._raised


class NoAlarm:
    """Limits nothing: where time is simulated, code takes none."""

    def within(self, _seconds: float) -> AbstractContextManager[None]:
        """A block."""
        return UNGUARDED

    def held(self) -> AbstractContextManager[None]:
        """A block."""
        return UNGUARDED

    def check(self) -> None:
        """Nothing."""

    def paused(self) -> AbstractContextManager[None]:
        """A block."""
        return UNGUARDED
