"""Durations that are counted first and put into buckets later."""

from __future__ import annotations

from swarmdsl.stats.histogram import Histogram
from swarmdsl.stats.recorder import DISTINCT_MAX, Recorder


def test_a_recorder_has_seen_what_a_histogram_would_have() -> None:
    recorder, histogram = Recorder(), Histogram()
    for nanoseconds in (250, 250, 1_000_000, 31):
        histogram.add(nanoseconds / 1e9)
    recorder.add_all([250, 250])
    recorder.add_all(iter([1_000_000]))
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
        assert len(recorder._waiting) <= DISTINCT_MAX
    assert recorder.histogram.count == 3 * DISTINCT_MAX
