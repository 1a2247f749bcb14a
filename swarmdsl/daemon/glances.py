"""When a daemon's shell lets its core look at the time. Pure: time is handed in."""

from __future__ import annotations

import math
from collections.abc import Callable

SOON_S = 0.05
"""The core looks at the time, and at each of its peers, at most so often."""

LATER_S = 0.25
"""As often where nothing is done at a time of its own: who sleeps on costs nothing."""


class Glances:
    """The core looks when it wants to, and soon after anything has happened.

    Args:
        keeps_time: whether something is done there at a time of its own.
        now_s: the time.

    >>> glances = Glances(keeps_time=False, now_s=10.0)
    >>> glances.is_due(10.0), glances.looked(10.0, due_s=12.0), glances.wait_s(10.0)
    (True, None, 2.0)
    >>> glances.is_due(10.125), glances.wait_s(10.125)
    (False, 0.125)
    """

    def __init__(self, *, keeps_time: bool, now_s: float) -> None:
        self._pause_s = SOON_S if keeps_time else LATER_S
        self._due_s = self._last_s = now_s

    def wait_s(self, now_s: float) -> float:
        """How long nothing is due."""
        return max(0.0, self._due_s - now_s)

    def is_due(self, now_s: float) -> bool:
        """Whether the core is to look now that something has happened; if not, it is soon."""
        soon_s = self._last_s + self._pause_s
        self._due_s = min(self._due_s, soon_s)
        return now_s >= self._due_s

    def looked(self, now_s: float, due_s: float) -> None:
        """The core has looked, and wants to do so again at a time, or when something happens."""
        self._last_s, self._due_s = now_s, due_s


class Soon:
    """Looks at what is due when it is, and soon after anything may have changed.

    A source by the clock wakes up a hundred times a second, and nothing but its timers is to be
    looked at each time.

    Args:
        look: looks, and tells when it wants to look again.

    >>> soon = Soon(lambda now_s: now_s + 1.0)
    >>> soon.tick(10.0), soon.tick(10.0 + SOON_S / 2), soon.tick(10.0 + SOON_S)
    (11.0, 10.05, 11.05)
    """

    def __init__(self, look: Callable[[float], float]) -> None:
        self._look = look
        self._looked_s, self._due_s = -math.inf, math.inf

    def tick(self, now_s: float) -> float:
        """Let time pass; returns when to call again."""
        soon_s = self._looked_s + SOON_S
        if now_s < min(self._due_s, soon_s):
            return min(self._due_s, soon_s)
        self._looked_s, self._due_s = now_s, self._look(now_s)
        return self._due_s
