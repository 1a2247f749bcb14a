from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.pictures.columns import columns_of
from swarmdsl.pictures.heights import heights_of

SIZE, GAP = 20.0, 10.0


def heights(count: int, *arrows: tuple[int, int]) -> list[float]:
    made = columns_of(count, arrows, [True] * len(arrows))
    all_of_them = len(made.left)
    return heights_of(made, [SIZE] * all_of_them, [GAP] * all_of_them)


def test_a_chain_is_level() -> None:
    assert heights(3, (0, 1), (1, 2)) == pytest.approx([10.0, 10.0, 10.0])


def test_a_join_stands_in_the_middle_of_what_it_joins() -> None:
    first, second, third, join = heights(4, (0, 3), (1, 3), (2, 3))
    assert second - first == pytest.approx(SIZE + GAP)
    assert third - second == pytest.approx(SIZE + GAP)
    assert join == pytest.approx(second)


def test_an_arrow_that_passes_a_column_is_straight_there() -> None:
    made = columns_of(4, [(0, 1), (1, 2), (2, 3), (0, 3)], [True] * 4)
    found = heights_of(made, [SIZE] * len(made.left), [GAP] * len(made.left))
    _, one, other, _ = made.ways[3]
    assert found[one] == pytest.approx(found[other], abs=1.0)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda one: one[0] < one[1]),
        max_size=25,
    )
)
def test_nothing_stands_upon_another_and_nothing_above_the_top(
    arrows: list[tuple[int, int]],
) -> None:
    made = columns_of(10, arrows, [True] * len(arrows))
    found = heights_of(made, [SIZE] * len(made.left), [GAP] * len(made.left))
    for column in made.columns:
        for above, below in pairwise(column):
            assert found[below] - found[above] >= SIZE + GAP - 1e-6
    assert min(found) == pytest.approx(SIZE / 2)
