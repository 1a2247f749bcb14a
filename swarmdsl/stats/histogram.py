"""A histogram of durations that adds up: of daemons, of processes, of stretches of time.

Its buckets are those of OpenTelemetry's exponential histograms at scale 4: sixteen to each
doubling, so a quantile is off by 2.2 % at most. Bucket `k` holds what is above
`2 ** (k / 16)` seconds, up to `2 ** ((k + 1) / 16)`. See "Exponential buckets" in the OpenTelemetry
metrics data model.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from math import frexp

import msgspec

SCALE = 4
BUCKETS_PER_DOUBLING = 1 << SCALE
QUANTILES: Mapping[str, float] = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
"""Those that are shown, by what they are called."""

_STEPS = [2 ** (step / BUCKETS_PER_DOUBLING) / 2 for step in range(BUCKETS_PER_DOUBLING)]


def bucket_of(seconds: float) -> int:
    """The bucket of a positive duration.

    >>> bucket_of(1.0), bucket_of(1.001), bucket_of(2.0)
    (-1, 0, 15)
    """
    mantissa, exponent = frexp(seconds)
    return ((exponent - 1) << SCALE) + bisect_left(_STEPS, mantissa) - 1


def bounds_of(bucket: int) -> tuple[float, float]:
    """What lies in a bucket: above the first, and up to the second, in seconds.

    >>> bounds_of(16)[0], round(bounds_of(16)[1], 3)
    (2.0, 2.089)
    """
    return 2 ** (bucket / BUCKETS_PER_DOUBLING), 2 ** ((bucket + 1) / BUCKETS_PER_DOUBLING)


class Histogram(msgspec.Struct, array_like=True):
    """How often durations of about the same length were seen.

    Attributes:
        count: how many durations.
        sum: of them, in seconds; exact, as far as floats are.
        min: the shortest, in seconds; infinite while there is none.
        max: the longest; zero while there is none.
        zeros: how many were zero: a clock has a limit, too.
        buckets: how many of the others, by bucket.

    >>> seen = Histogram()
    >>> for seconds in (0.001, 0.002, 0.004):
    ...     seen.add(seconds)
    >>> seen.count, round(seen.mean, 6), round(seen.quantile(0.5), 6)
    (3, 0.002333, 0.001996)
    """

    count: int = 0
    sum: float = 0.0
    min: float = math.inf
    max: float = 0.0
    zeros: int = 0
    buckets: dict[int, int] = {}

    def add(self, seconds: float, times: int = 1) -> None:
        """A duration was seen, so many times. One below zero counts as zero."""
        seconds = max(0.0, seconds)
        self.count += times
        self.sum += seconds * times
        self.min = min(self.min, seconds)
        self.max = max(self.max, seconds)
        if seconds:
            bucket = bucket_of(seconds)
            self.buckets[bucket] = self.buckets.get(bucket, 0) + times
        else:
            self.zeros += times

    def merge(self, other: Histogram) -> None:
        """Another one's durations were seen as well."""
        self.count += other.count
        self.sum += other.sum
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)
        self.zeros += other.zeros
        for bucket, times in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + times

    def since(self, earlier: Histogram) -> Histogram:
        """What was seen after `earlier`, which was this histogram then.

        The shortest and the longest of it are known to a bucket, and no better than in all.
        """
        grown = {
            bucket: more
            for bucket, times in self.buckets.items()
            if (more := times - earlier.buckets.get(bucket, 0)) > 0
        }
        zeros = self.zeros - earlier.zeros
        least, most = _ends_of(grown, zeros)
        return Histogram(
            self.count - earlier.count,
            self.sum - earlier.sum,
            max(self.min, least),
            min(self.max, most),
            zeros,
            grown,
        )

    @property
    def mean(self) -> float:
        """In seconds; zero if there is none."""
        return self.sum / self.count if self.count else 0.0

    def quantile(self, part: float) -> float:
        """The duration that so large a part of all do not exceed, in seconds; 0 if there is none.

        Args:
            part: from 0 to 1; 0.5 asks for the median.
        """
        wanted, seen = part * self.count, self.zeros
        if not self.count or wanted <= seen:
            return 0.0
        if part >= 1:
            return self.max
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= wanted:
                lower, upper = bounds_of(bucket)
                return min(max(math.sqrt(lower * upper), self.min), self.max)
        return self.max


def _ends_of(buckets: Mapping[int, int], zeros: int) -> tuple[float, float]:
    """Between what all of these lie."""
    if not buckets:
        return (0.0, 0.0) if zeros else (math.inf, 0.0)
    return 0.0 if zeros else bounds_of(min(buckets))[0], bounds_of(max(buckets))[1]


def merged(*histograms: Histogram) -> Histogram:
    """A new one, with what all of these have seen."""
    total = Histogram()
    for one in histograms:
        total.merge(one)
    return total
