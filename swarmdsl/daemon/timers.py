"""When the timers of a daemon module are due. Pure: time is handed in.

A timer keeps its rhythm: it is due whenever another period has passed since it began. What was
due while its daemon was at work is done once, as soon as that has ended, however often it was due.

Where it may linger, a timer that is faster than that is called several times in a row instead, as
often as it was due: a hundred sources that each wake up a thousand times a second leave no time for
anything else.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple

ROUNDING = 1e-9  # of a period

SHARE = 0.25
"""How much of the shortest period a single piece of other work may take."""

CALLS_MAX = 1_000
"""How often a timer is called in a row at most; what it missed beyond that is left out."""

HANDLE_S = 0.002
"""How long a single piece of other work may take anyway: what it pushes leaves when it is done."""


class Due(NamedTuple):
    """A timer that is due, and how often it is to be called now."""

    name: str
    times: int = 1


class Timers:
    """The timers of one instance, by the names of their methods.

    Args:
        periods_s: of each timer.
        linger_s: how late a timer may be called that would be due several times by then.

    Attributes:
        due: those that are due and have not been taken, and how often each is to be called.
        values_max: how many pushes may be handled in a row; None for any number. Before the first
            has been handled nobody knows how long one takes.

    >>> timers = Timers({"flush": 1.0})
    >>> timers.tick(10.0), timers.take()
    (11.0, None)
    >>> timers.tick(13.5), timers.take(), timers.take()
    (14.0, Due(name='flush', times=1), None)
    """

    def __init__(self, periods_s: Mapping[str, float], linger_s: float = 0.0) -> None:
        self._periods_s = periods_s
        self._late_s: dict[str, float] = {}
        self._missed: set[str] = set()  # those that are called as often as they will have been due
        self._next_s: dict[str, float] = {}
        self.linger(linger_s)
        self.due: dict[str, int] = {}
        self.values_max: int | None = 1
        self._share_s = min(HANDLE_S, SHARE * min(periods_s.values(), default=math.inf))

    def linger(self, linger_s: float) -> None:
        """From now on they may be called so late, and no later."""
        for name, period_s in self._periods_s.items():
            # Whole periods, so that it is called when it is due, if later.
            late_s = linger_s // period_s * period_s
            if name in self._next_s:
                self._next_s[name] += late_s - self._late_s[name]
            self._late_s[name] = late_s
            if late_s:
                self._missed.add(name)

    def rest(self) -> None:
        """No round is at work here: they begin anew with the next."""
        self._next_s.clear()
        self.due.clear()

    def tick(self, now_s: float) -> float:
        """Let time pass; returns when the next is due, at once if one has not been taken."""
        for name, period_s in self._periods_s.items():
            late_s = self._late_s[name]
            next_s = self._next_s.setdefault(name, now_s + period_s + late_s)
            if next_s <= now_s:
                times = math.floor((now_s - next_s + late_s) / period_s + ROUNDING) + 1
                self.due[name] = self.due.get(name, 0) + times if name in self._missed else 1
                self._next_s[name] = next_s + period_s * times
                if not late_s:
                    self._missed.discard(name)
        return min(self._next_s.values(), default=math.inf)

    def take(self, but: Collection[str] = ()) -> Due | None:
        """A timer that is due, the one that has waited longest; None if there is none.

        Args:
            but: those that have had their turn.
        """
        if not self.due:
            return None
        name = next((one for one in self.due if one not in but), None)
        if name is None:
            return None
        return Due(name, min(self.due.pop(name), CALLS_MAX))

    def worked(self, values: int, seconds: float) -> None:
        """So many pushes were handled in this time."""
        each_s = seconds / values
        self.values_max = max(1, math.floor(self._share_s / each_s)) if each_s else None
