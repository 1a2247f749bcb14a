"""Histograms that add up."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.metrics._internal.exponential_histogram.mapping.logarithm_mapping import (
    LogarithmMapping,
)

from swarmdsl.stats.histogram import SCALE, Histogram, bounds_of, bucket_of, merged

ERROR = 2 ** (1 / 32) - 1  # half a bucket: 2.2 %
DURATIONS = st.floats(min_value=1e-9, max_value=1e6)


def histogram(*durations: float) -> Histogram:
    seen = Histogram()
    for seconds in durations:
        seen.add(seconds)
    return seen


def test_buckets_are_those_of_opentelemetry() -> None:
    theirs, chance = LogarithmMapping(SCALE), random.Random(1)
    durations = [chance.lognormvariate(-9.0, 4.0) for _ in range(20_000)]
    durations += [2.0**power for power in range(-30, 20)]
    differing = [one for one in durations if bucket_of(one) != theirs.map_to_index(one)]
    assert differing == []


@given(DURATIONS)
def test_a_duration_lies_in_its_bucket(seconds: float) -> None:
    lower, upper = bounds_of(bucket_of(seconds))
    assert lower * (1 - 1e-12) < seconds <= upper * (1 + 1e-12)


@given(st.lists(DURATIONS, min_size=1, max_size=50), st.floats(min_value=0.01, max_value=1.0))
def test_a_quantile_is_off_by_half_a_bucket_at_most(durations: list[float], part: float) -> None:
    exact = sorted(durations)[math.ceil(part * len(durations)) - 1]
    assert histogram(*durations).quantile(part) == pytest.approx(exact, rel=ERROR + 1e-9)


@given(st.lists(DURATIONS, max_size=20), st.lists(DURATIONS, max_size=20))
def test_two_that_are_merged_have_seen_what_both_have(one: list[float], other: list[float]) -> None:
    both, together = merged(histogram(*one), histogram(*other)), histogram(*one, *other)
    assert both.sum == pytest.approx(together.sum)
    both.sum = together.sum
    assert both == together


@given(st.lists(DURATIONS, max_size=20), st.lists(DURATIONS, max_size=20))
def test_what_came_since_is_what_was_added(first: list[float], then: list[float]) -> None:
    grown = histogram(*first, *then).since(histogram(*first))
    added = histogram(*then)
    assert (grown.count, grown.buckets) == (added.count, added.buckets)
    if then:
        assert grown.min <= min(then) * (1 + 1e-12)
        assert grown.max >= max(then) * (1 - 1e-12)


def test_nothing_seen_has_no_durations() -> None:
    nothing = Histogram()
    assert (nothing.count, nothing.mean, nothing.quantile(0.99)) == (0, 0.0, 0.0)
    assert nothing.since(Histogram()) == nothing


def test_no_time_at_all_is_counted_too() -> None:
    seen = histogram(0.0, 0.0, -1.0, 2.0)
    assert (seen.count, seen.zeros, seen.min, seen.max) == (4, 3, 0.0, 2.0)
    assert (seen.quantile(0.5), seen.quantile(1.0)) == (0.0, 2.0)
    assert seen.since(histogram(2.0)) == Histogram(3, 0.0, 0.0, 0.0, 3, {})
