"""Whether a daemon keeps up with what comes, and what it asks of those who push to it. Pure.

To take a frame costs as much as to take many pushes. A receiver that is never at rest and gets few
pushes in each frame keeps up if its senders wait a little with what they push, and send more of it
at once. They cannot know: their own links are idle. So it asks them to, for longer while it goes on
like that, and for less as soon as it is at rest half of the time. In between it stays as it is, for
that is what the asking has come to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

WINDOW_S = 0.02  # how often it is judged

BEHIND, AT_REST = 0.9, 0.5
"""Shares of a window: who is at work for longer than the one is behind, for less than the other is
at rest."""

FRAMES_EACH_S_MIN = 500
"""With fewer frames than that it is not frames that keep it at work."""

PUSHES_EACH_MAX = 64
"""Who gets so many in a frame gains nothing by more."""

FIRST_S = 0.001  # what is asked for first; doubled and halved from there
HALVINGS_MAX = 16  # after which nothing is left of any budget


def most_s(budgets_s: Iterable[float]) -> float:
    """How long anybody may be asked to wait, by the latency budgets of the links that lead here.

    >>> most_s([0.01, 0.5]), most_s([])
    (0.5, 0.0)
    """
    return max(budgets_s, default=0.0)


class Behind:
    """Judges one daemon by what comes and how long it waits for that.

    Args:
        most_s: what it asks for at most.

    Attributes:
        linger_s: how long those who push to it are asked to wait with what they push; 0 while it
            keeps up.
        due_s: when it is to be judged; until then, to count is enough.
        waited_s: how long it has waited for something to come, since it was judged.
        frames, pushes: that have come since then.

    >>> behind = Behind(0.01)
    >>> behind.passed(10.0, 0.0)
    False
    >>> behind.frames = behind.pushes = 20
    >>> behind.passed(10.03, 0.0), behind.linger_s
    (True, 0.001)
    >>> behind.passed(11.02, 1.0), behind.linger_s
    (False, 0.0)
    """

    def __init__(self, most_s: float) -> None:
        self.linger_s = 0.0
        self._most_s = most_s
        self._since_s: float | None = None
        self.due_s = -math.inf
        self.waited_s = 0.0
        self.frames = self.pushes = 0

    def passed(self, now_s: float, waited_s: float) -> bool:
        """Let time pass; returns whether more is asked for now than before.

        Args:
            now_s: the time.
            waited_s: how long it has waited for something to come, since this was last said.
        """
        self.waited_s += waited_s
        if self._since_s is None:
            self._since_s, self.due_s = now_s, now_s + WINDOW_S
        if now_s < self.due_s:
            return False
        before_s, self.linger_s = self.linger_s, self._judged(now_s - self._since_s)
        self._since_s, self.due_s, self.waited_s = now_s, now_s + WINDOW_S, 0.0
        self.frames = self.pushes = 0
        return self.linger_s > before_s

    def _judged(self, window_s: float) -> float:
        at_work = 1.0 - self.waited_s / window_s
        if at_work < AT_REST:
            windows = min(HALVINGS_MAX, max(1, window_s // WINDOW_S))  # it may have slept for long
            less_s: float = self.linger_s / 2**windows
            return less_s if less_s >= FIRST_S else 0.0
        many = self.frames >= FRAMES_EACH_S_MIN * window_s
        small = self.pushes < PUSHES_EACH_MAX * self.frames
        if at_work >= BEHIND and many and small:
            return min(self._most_s, max(FIRST_S, 2 * self.linger_s))
        return self.linger_s
