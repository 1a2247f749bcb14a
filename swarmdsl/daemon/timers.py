"""When the timers of a daemon module are due. Pure: time is handed in.

A timer keeps its rhythm: it is due whenever another period has passed since it began. What was
due while its daemon was at work is done once, as soon as that has ended, however often it was due.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

SHARE = 0.25
"""How much of the shortest period a single piece of other work may take."""

HANDLE_S = 0.002
"""How long a single piece of other work may take anyway: what it pushes leaves when it is done."""


class Timers:
    """The timers of one instance, by the names of their methods.

    Args:
        periods_s: of each timer.

    >>> timers = Timers({"flush": 1.0})
    >>> timers.tick(10.0), timers.take()
    (11.0, None)
    >>> timers.tick(13.5), timers.take(), timers.take()
    (14.0, 'flush', None)
    """

    def __init__(self, periods_s: Mapping[str, float]) -> None:
        self._periods_s = periods_s
        self._next_s: dict[str, float] = {}
        self._due: dict[str, None] = {}
        self._seconds_each = math.inf

    def rest(self) -> None:
        """No round is at work here: they begin anew with the next."""
        self._next_s.clear()
        self._due.clear()

    def tick(self, now_s: float) -> float:
        """Let time pass; returns when the next is due, at once if one has not been taken."""
        for name, period_s in self._periods_s.items():
            next_s = self._next_s.setdefault(name, now_s + period_s)
            if next_s <= now_s:
                self._due[name] = None
                missed = math.floor((now_s - next_s) / period_s)
                self._next_s[name] = next_s + period_s * (missed + 1)
        return min(self._next_s.values(), default=math.inf)

    def take(self, but: Collection[str] = ()) -> str | None:
        """A timer that is due, the one that has waited longest; None if there is none.

        Args:
            but: those that have had their turn.
        """
        if not self._due:
            return None
        name = next((one for one in self._due if one not in but), None)
        if name is not None:
            del self._due[name]
        return name

    def worked(self, values: int, seconds: float) -> None:
        """So many pushes were handled in this time."""
        self._seconds_each = seconds / values

    @property
    def values_max(self) -> int | None:
        """How many pushes may be handled in a row; None for any number.

        Before the first has been handled nobody knows how long one takes.
        """
        if not self._seconds_each:
            return None
        share_s = min(HANDLE_S, SHARE * min(self._periods_s.values(), default=math.inf))
        return max(1, math.floor(share_s / self._seconds_each))
