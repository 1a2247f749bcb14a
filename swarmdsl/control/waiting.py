"""Waiting for what another process does to a run: look, pause, look again, never beyond a limit."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

PAUSE_MIN_S = 0.01
PAUSE_MAX_S = 0.2  # what a person does not notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How one waits: with which clock, and by which pause between two looks.

    Attributes:
        monotonic_s: the time, which only moves forward.
        pause: lets so many seconds pass.
    """

    monotonic_s: Callable[[], float] = time.monotonic
    pause: Callable[[float], object] = lambda seconds: threading.Event().wait(seconds)

    def until(self, holds: Callable[[], bool], limit_s: float | None) -> bool:
        """Whether it holds at last, which is looked at once at least; None has no limit.

        >>> now = [0.0]
        >>> def pause(seconds: float) -> None:
        ...     now[0] += seconds
        >>> patience = Patience(monotonic_s=lambda: now[0], pause=pause)
        >>> patience.until(lambda: now[0] > 1.0, 5.0), patience.until(lambda: False, 5.0)
        (True, False)
        >>> now[0] < 7.0
        True
        """
        deadline_s = math.inf if limit_s is None else self.monotonic_s() + limit_s
        pause_s = PAUSE_MIN_S
        while not holds():
            left_s = deadline_s - self.monotonic_s()
            if left_s <= 0:
                return False
            self.pause(min(pause_s, left_s))
            pause_s = min(2 * pause_s, PAUSE_MAX_S)
        return True
