"""Virtual time: what is due, in the order of its moment; the one loop of a simulation."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from swarmdsl.deploy.cooperative.timeline import Action, Timer


class Scheduler:
    """A clock that stands still while code runs, and then goes on to the next thing that is due.

    Attributes:
        now_s: seconds since the start of the simulation.

    >>> scheduler, seen = Scheduler(), []
    >>> late = scheduler.after(2.0, lambda: seen.append(scheduler.now_s))
    >>> early = scheduler.after(1.0, lambda: seen.append(scheduler.now_s))
    >>> scheduler.run(until_s=10.0, over=lambda: len(seen) == 2), seen
    (True, [1.0, 2.0])
    """

    def __init__(self) -> None:
        self.now_s = 0.0
        self._due: list[tuple[float, int, Timer]] = []
        self._made = 0

    def monotonic_s(self) -> float:
        """The virtual time, as a clock that can be handed to somebody."""
        return self.now_s

    def after(self, delay_s: float, action: Action) -> Timer:
        """Do this once so much time has passed."""
        return self.at(self.now_s + delay_s, action)

    def at(self, moment_s: float, action: Action) -> Timer:
        """Do this at a moment, or now if it is over; what is due at one moment keeps its order."""
        timer = Timer(action)
        self._made += 1
        heapq.heappush(self._due, (max(self.now_s, moment_s), self._made, timer))
        return timer

    def run(self, *, until_s: float, over: Callable[[], bool]) -> bool:
        """Let happen what is due until it is over; False if that takes too long, or nothing is due.

        Args:
            until_s: the moment at which it is given up.
            over: asked after each thing that happened.
        """
        while self._due and self._due[0][0] <= until_s:
            moment, _, timer = heapq.heappop(self._due)
            self.now_s = moment
            if timer.fire() and over():
                return True
        return over()
