"""Takes many durations fast: they are counted as they are, and put into buckets later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from swarmdsl.stats.histogram import Histogram

DISTINCT_MAX = 4_096  # different durations that wait for their bucket
SECOND_NS = 1_000_000_000
FAR_NS = 10_000  # of some that were timed together: one of them was not like the others


class Recorder:
    """Durations in nanoseconds, as whole numbers; their histogram is made when somebody asks.

    To count one takes a tenth of a microsecond, to find its bucket three times that; and a handler
    that is called a million times takes only some hundred different times.

    >>> recorder = Recorder()
    >>> recorder.add_all([1_000_000, 1_000_000, 4_000_000])
    >>> recorder.histogram.count, recorder.histogram.max
    (3, 0.004)
    """

    __slots__ = ("_alone", "_histogram", "_together")

    def __init__(self) -> None:
        self._alone: dict[int, int] = {}  # how often each was seen
        self._together: dict[int, Counter[int]] = {}  # likewise, by how many were timed together
        self._histogram = Histogram()

    def add_all(self, nanoseconds: Sequence[int], together: int = 1) -> None:
        """These were seen; each is of so many that were timed together, and took alike.

        Where they cannot have, as it is far more than usual, one of them is taken to have been
        longer: so the sum is exact, and so is the longest but for what the others took.
        """
        if not nanoseconds:
            return
        if together > 1 and max(nanoseconds) > together * FAR_NS:
            nanoseconds = self._without_far(nanoseconds, together)
        waiting = self._alone if together == 1 else self._begun(together)
        if isinstance(waiting, Counter):
            waiting.update(nanoseconds)
        else:  # These took long: a loop is nothing beside them.
            for one in nanoseconds:
                waiting[one] = waiting.get(one, 0) + 1
        if len(waiting) > DISTINCT_MAX:
            self._fold()

    def _without_far(self, nanoseconds: Sequence[int], together: int) -> list[int]:
        """Those that are alike; the others are added here, one by one."""
        far = [one for one in nanoseconds if one > together * FAR_NS]
        usual = min(min(nanoseconds) // together, FAR_NS)
        for one in far:
            self.add(usual, together - 1)
            self.add(one - usual * (together - 1))
        return [one for one in nanoseconds if one <= together * FAR_NS]

    def add(self, nanoseconds: int, times: int = 1) -> None:
        """This was seen, so many times."""
        waiting = self._alone
        waiting[nanoseconds] = waiting.get(nanoseconds, 0) + times
        if len(waiting) > DISTINCT_MAX:
            self._fold()

    def _begun(self, together: int) -> Counter[int]:
        return self._together.get(together) or self._together.setdefault(together, Counter())

    @property
    def histogram(self) -> Histogram:
        """What was seen up to now; it grows with the recorder."""
        self._fold()
        return self._histogram

    def _fold(self) -> None:
        for together, waiting in ((1, self._alone), *self._together.items()):
            for nanoseconds, times in waiting.items():
                self._histogram.add(nanoseconds / together / SECOND_NS, times * together)
            waiting.clear()
