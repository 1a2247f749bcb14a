"""Durations that are counted first and put into buckets later."""

from __future__ import annotations

import pytest

from swarmdsl.stats.histogram import Histogram
from swarmdsl.stats.recorder import DISTINCT_MAX, Recorder


def test_a_recorder_has_seen_what_a_histogram_would_have() -> None:
    recorder, histogram = Recorder(), Histogram()
    for nanoseconds in (250, 250, 1_000_000, 31):
        histogram.add(nanoseconds / 1e9)
    recorder.add_all([250, 250])
    recorder.add_all([1_000_000])
    recorder.add(31)
    assert recorder.histogram == histogram


def test_what_comes_after_somebody_looked_is_seen_as_well() -> None:
    recorder = Recorder()
    recorder.add(5, 3)
    assert recorder.histogram.count == 3
    recorder.add_all([7])
    assert (recorder.histogram.count, recorder.histogram.max) == (4, 7e-9)


def test_memory_is_bounded_however_many_different_times_there_are() -> None:
    recorder = Recorder()
    for nanoseconds in range(3 * DISTINCT_MAX):
        recorder.add(1_000 + nanoseconds)
        assert len(recorder._alone) <= DISTINCT_MAX
    assert recorder.histogram.count == 3 * DISTINCT_MAX


def test_pushes_that_are_timed_together_count_one_by_one() -> None:
    recorder = Recorder()
    recorder.add_all([800, 1_600], 8)
    recorder.add_all([300], 3)
    found = recorder.histogram
    assert (found.count, found.min, found.max) == (19, 1e-7, 2e-7)
    assert found.sum == pytest.approx(2.7e-6)


def test_one_that_was_far_longer_than_those_beside_it_stands_out() -> None:
    recorder = Recorder()
    recorder.add_all([800, 5_000_000, 800], 8)
    found = recorder.histogram
    assert found.count == 24
    assert found.sum == pytest.approx(5.0016e-3)
    assert found.max == pytest.approx(5.0e-3, rel=1e-3)
    assert found.quantile(0.9) < 2e-7


def test_where_all_are_far_longer_than_usual_the_sum_is_exact_all_the_same() -> None:
    recorder = Recorder()
    recorder.add_all([8_000_000], 8)
    found = recorder.histogram
    assert found.count == 8
    assert found.sum == pytest.approx(8e-3)


def test_nothing_is_counted_of_no_pushes() -> None:
    recorder = Recorder()
    recorder.add_all([], 8)
    assert recorder.histogram.count == 0
