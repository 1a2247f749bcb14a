"""Real time for processes that share a thread: it does not count how long one of them takes."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from swarmdsl.deploy.cooperative.timeline import Action, Timer

SLICE_S = 0.05  # what one process may take of the time of all: less than any limit of a run


class RunClock:
    """The clock of a run whose processes share a thread.

    While one of them is at work, or its user reads code in a debugger, the others can say nothing.
    So that nobody takes them for dead, such a time counts `SLICE_S` at most. While all of them
    wait, the clock goes like any other.

    >>> real = [100.0]
    >>> clock = RunClock(lambda: real[0])
    >>> with clock.slice():
    ...     real[0] += 3_600.0
    ...     clock.now_s()
    100.05
    >>> real[0] += 1.0
    >>> round(clock.now_s(), 3)
    101.05
    """

    def __init__(self, real_s: Callable[[], float]) -> None:
        self._real_s = real_s
        self._left_out_s = 0.0
        self._at_most_s = math.inf

    def now_s(self) -> float:
        """Seconds since some moment; only moves forward."""
        return min(self._real_s() - self._left_out_s, self._at_most_s)

    @contextmanager
    def slice(self) -> Iterator[None]:
        """A block in which one process has the thread."""
        self._at_most_s = self.now_s() + SLICE_S
        try:
            yield
        finally:
            self._left_out_s = self._real_s() - self.now_s()
            self._at_most_s = math.inf


class RealTime:
    """What is due, in the order of its moment, done one by one as time passes.

    Args:
        clock: is told while something is done.
        rest: lets so many seconds pass, or fewer.

    >>> now, seen = [0.0], []
    >>> def rest(seconds: float) -> None:
    ...     now[0] += seconds
    >>> timeline = RealTime(RunClock(lambda: now[0]), rest)
    >>> late = timeline.after(2.0, lambda: seen.append("late"))
    >>> early = timeline.after(1.0, lambda: seen.append("early"))
    >>> timeline.run(until_s=1.5, over=lambda: False)
    >>> seen, now
    (['early'], [1.5])
    """

    def __init__(self, clock: RunClock, rest: Callable[[float], None]) -> None:
        self._clock = clock
        self._rest = rest
        self._due: list[tuple[float, int, Timer]] = []
        self._made = 0

    @property
    def now_s(self) -> float:
        """The time of the run."""
        return self._clock.now_s()

    def after(self, delay_s: float, action: Action) -> Timer:
        """Do this once so much time has passed; what is due at one moment keeps its order."""
        timer = Timer(action)
        self._made += 1
        heapq.heappush(self._due, (self.now_s + delay_s, self._made, timer))
        return timer

    def run(self, *, until_s: float, over: Callable[[], bool]) -> None:
        """Do what is due until it is over, or this moment has come.

        Args:
            until_s: the moment at which this returns, once the thing at hand is done.
            over: asked before each thing that is done.
        """
        while not over():
            pause_s = self._do_next()
            left_s = until_s - self.now_s
            if left_s <= 0:
                return
            if pause_s > 0:
                self._rest(min(pause_s, left_s))

    def _do_next(self) -> float:
        """Do one thing if it is due; returns how long nothing else is."""
        now_s = self.now_s
        if not self._due:
            return math.inf
        if self._due[0][0] > now_s:
            return self._due[0][0] - now_s
        _, _, timer = heapq.heappop(self._due)
        with self._clock.slice():
            timer.fire()
        return 0.0
