"""When those who push to a daemon are told that it is done with some of it. Pure.

Each message wakes somebody up, and costs both sides as much as many pushes. So it may wait: the
longer, the more there are to be told.
"""

from __future__ import annotations

from swarmdsl.wire.session.switchboard import Switchboard

TELLINGS_EACH_S = 1_000  # to all of them together


class Telling:
    """Knows when they were last told.

    Args:
        switchboard: the daemon's sessions.
    """

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._told_s = 0.0

    def may_wait(self, now_s: float, patience_s: float) -> bool:
        """Whether there is time left; if there is not, they are told now.

        Args:
            now_s: the time.
            patience_s: how long it may wait, at most, if there are few; 0 not to wait.
        """
        # This runs several times for each push that comes alone.
        each_s = self._switchboard.accepted / TELLINGS_EACH_S
        if patience_s and now_s < self._told_s + max(patience_s, each_s):
            return True
        if self._switchboard.owes:
            self._told_s = now_s
        return False

    def hurry(self) -> None:
        """Tell them as soon as there is something, whatever was told before."""
        self._told_s = float("-inf")

    def left_s(self, now_s: float, patience_s: float) -> float:
        """How much time is left; infinite if there is nothing to tell."""
        if not self._switchboard.owes:
            return float("inf")
        each_s = self._switchboard.accepted / TELLINGS_EACH_S
        wait_s = patience_s and max(patience_s, each_s)
        return max(0.0, self._told_s + wait_s - now_s)
