"""The smallest part of a schedule that still fails."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.testing.shrink import shrunk


@given(st.sets(st.integers(0, 19), max_size=4))
def test_only_what_is_needed_remains_in_its_order(needed: set[int]) -> None:
    kept = shrunk(range(20), lambda some: needed <= set(some), tries_max=10_000)
    assert kept == sorted(needed)


def test_what_fails_without_any_fault_is_left_with_none() -> None:
    assert shrunk([1, 2, 3], lambda _some: True) == []


def test_it_is_tried_at_most_so_often_and_what_is_kept_fails() -> None:
    tries: list[Sequence[int]] = []

    def fails(some: Sequence[int]) -> bool:
        tries.append(some)
        return {3, 77} <= set(some)

    assert {3, 77} <= set(shrunk(range(100), fails, tries_max=5))
    assert len(tries) == 5


def test_what_is_shrunk_does_not_become_smaller_once_more() -> None:
    """One that fails alone, or with two others, and with no other company."""

    def fails(some: Sequence[int]) -> bool:
        return 4 in some and (len(some) == 1 or {0, 1} <= set(some))

    assert shrunk(range(6), fails) == [4]
    assert shrunk([0, 1, 4], fails) == [4]
