"""Late confirmations, counted once each."""

from __future__ import annotations

from swarmdsl.wire.session.retention import LinkCounts
from swarmdsl.wire.session.watch import PARTS, Watch


def watch(timeout_s: float = 8.0) -> tuple[Watch, LinkCounts]:
    counts = LinkCounts()
    return Watch(timeout_s, counts, 100.0), counts


def test_what_is_confirmed_in_time_is_not_counted() -> None:
    one, counts = watch()
    one.begin(0, 3)
    one.tick(107.9)
    one.confirm(3)
    one.tick(200.0)
    assert counts.timed_out == 0


def test_what_is_not_confirmed_in_time_is_counted_once() -> None:
    one, counts = watch()
    one.begin(0, 3)
    one.tick(108.0)
    one.tick(500.0)
    assert counts.timed_out == 3


def test_of_a_batch_only_what_is_unconfirmed_is_late() -> None:
    one, counts = watch()
    one.begin(0, 4)
    one.confirm(3)
    one.tick(108.0)
    assert counts.timed_out == 1


def test_each_push_has_its_own_time() -> None:
    one, counts = watch()
    one.begin(0, 1)
    one.tick(104.0)
    one.begin(1, 1)
    one.tick(108.0)
    assert counts.timed_out == 1
    one.tick(112.0)
    assert counts.timed_out == 2


def test_an_end_between_two_pushes_does_not_count_as_one() -> None:
    one, counts = watch()
    one.begin(0, 3)
    one.begin(4, 1)
    one.confirm(2)
    one.tick(108.0)
    assert counts.timed_out == 2


def test_however_much_is_pushed_the_memory_is_bounded() -> None:
    one, counts = watch()
    for number in range(10_000):
        one.tick(100.0 + number / 1_250)  # 8 s altogether
        one.begin(number, 1)
    assert len(one._open) <= PARTS + 1
    one.tick(116.0)
    assert counts.timed_out == 10_000
