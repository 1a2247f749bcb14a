"""Takes many durations fast: they are counted as they are, and put into buckets later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from swarmdsl.stats.histogram import Histogram

DISTINCT_MAX = 4_096  # different durations that wait for their bucket
SECOND_NS = 1_000_000_000


class Recorder:
    """Durations in nanoseconds, as whole numbers; their histogram is made when somebody asks.

    To count one takes a tenth of a microsecond, to find its bucket three times that; and a handler
    that is called a million times takes only some hundred different times.

    >>> recorder = Recorder()
    >>> recorder.add_all([1_000_000, 1_000_000, 4_000_000])
    >>> recorder.histogram.count, recorder.histogram.max
    (3, 0.004)
    """

    __slots__ = ("_histogram", "_waiting")

    def __init__(self) -> None:
        self._waiting: Counter[int] = Counter()
        self._histogram = Histogram()

    def add_all(self, nanoseconds: Iterable[int]) -> None:
        """These were seen."""
        self._waiting.update(nanoseconds)
        if len(self._waiting) > DISTINCT_MAX:
            self._fold()

    def add(self, nanoseconds: int, times: int = 1) -> None:
        """This was seen, so many times."""
        self._waiting[nanoseconds] += times
        if len(self._waiting) > DISTINCT_MAX:
            self._fold()

    @property
    def histogram(self) -> Histogram:
        """What was seen up to now; it grows with the recorder."""
        self._fold()
        return self._histogram

    def _fold(self) -> None:
        for nanoseconds, times in self._waiting.items():
            self._histogram.add(nanoseconds / SECOND_NS, times)
        self._waiting.clear()
