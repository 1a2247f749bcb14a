"""Free and taken parts of an arena."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.wire.arena.allocator import ALIGNMENT, Allocator
from swarmdsl.wire.arena.slot import Slot

SIZE = 4_096


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 1_500)), max_size=60), st.integers(0, 1))
def test_slots_never_overlap_and_what_is_given_back_is_whole_again(
    steps: list[tuple[bool, int]], lines: int
) -> None:
    first = lines * ALIGNMENT
    arena, taken = Allocator(SIZE, first), list[Slot]()
    for gives_back, number in steps:
        if gives_back and taken:
            arena.give_back(taken.pop(number % len(taken)))
        elif (slot := arena.take(number)) is not None:
            taken.append(slot)
        for one, other in pairwise(sorted(taken)):
            assert one.offset + one.size <= other.offset
        assert all(first <= one.offset and one.offset + one.size <= SIZE for one in taken)
    for slot in taken:
        arena.give_back(slot)
    assert arena.free_bytes == SIZE - first
    whole = arena.take(SIZE - first)
    assert whole is not None
    assert whole.offset == first


def test_a_slot_is_taken_at_the_lowest_offset_that_fits() -> None:
    arena = Allocator(SIZE)
    low, _, _ = arena.take(100), arena.take(100), arena.take(100)
    assert low is not None
    arena.give_back(low)
    assert [slot.offset for size in (200, 100) if (slot := arena.take(size))] == [384, 0]


def test_slots_begin_where_a_line_of_the_cache_does() -> None:
    arena = Allocator(SIZE)
    assert [slot.offset for size in (1, 64, 65) if (slot := arena.take(size))] == [0, 64, 128]


def test_a_slot_that_is_taken_again_is_of_another_generation() -> None:
    arena = Allocator(SIZE)
    before = arena.take(SIZE)
    assert before is not None
    arena.give_back(before)
    after = arena.take(SIZE)
    assert after is not None
    assert before[:2] == after[:2]
    assert before != after


def test_the_reach_tells_how_much_memory_was_ever_needed() -> None:
    arena = Allocator(SIZE)
    for _ in range(10):
        slot = arena.take(200)
        assert slot is not None
        arena.give_back(slot)
    assert arena.reach == 256


def test_what_is_larger_than_the_arena_finds_no_room() -> None:
    assert Allocator(SIZE).take(SIZE + 1) is None
    assert Allocator(0, 64).take(1) is None
