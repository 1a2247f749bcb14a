"""What a controller sees of work that goes on: pushes to the run, results, states that are kept.

What daemons push to one another it does not see. Pure: time is handed in.
"""

from __future__ import annotations

import math


class Movement:
    """Counts it, and remembers when it last saw something.

    Attributes:
        pushes: that came to the run itself.
        results: that tasks added.
        states: that daemon modules and sources had kept: snapshots and positions.

    >>> movement = Movement()
    >>> movement.text(0.0)
    ''
    >>> movement.pushes, movement.results = 1_234, 1
    >>> movement.look(10.0)
    >>> movement.text(13.0)
    '1,234 pushes to the run and 1 result, the last 3 s ago'
    """

    def __init__(self) -> None:
        self.pushes = self.results = self.states = 0
        self._seen = (0, 0, 0)
        self._last_s = -math.inf

    def look(self, now_s: float) -> None:
        """Note the time, if there has been anything since the last look."""
        counts = (self.pushes, self.results, self.states)
        if counts != self._seen:
            self._seen, self._last_s = counts, now_s

    def text(self, now_s: float) -> str:
        """What has been seen so far, and how long ago; empty if that is nothing."""
        counted = (
            (self.pushes, "push to the run", "pushes to the run"),
            (self.results, "result", "results"),
            (self.states, "state saved", "states saved"),
        )
        parts = [f"{n:,} {one if n == 1 else many}" for n, one, many in counted if n]
        if not parts:
            return ""
        *most, last = parts
        told = f"{', '.join(most)} and {last}" if most else last
        return f"{told}, the last {now_s - self._last_s:.0f} s ago"
