from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.pictures.columns import Columns, columns_of
from swarmdsl.pictures.crossings import crossings, untangle

SIDE = 6
PAIRS = st.lists(
    st.tuples(st.integers(0, SIDE - 1), st.integers(SIDE, 2 * SIDE - 1)), unique=True, max_size=20
)


def made(count: int, arrows: list[tuple[int, int]]) -> Columns:
    return columns_of(count, arrows, [True] * len(arrows))


def counted_one_by_one(columns: Columns) -> int:
    place = {one: index for column in columns.columns for index, one in enumerate(column)}
    arrows = [
        (place[one], place[other]) for one in columns.columns[0] for other in columns.right[one]
    ]
    return sum(one[0] < other[0] and one[1] > other[1] for one in arrows for other in arrows)


def test_two_crossed_arrows_are_put_straight() -> None:
    columns = made(4, [(0, 3), (1, 2)])
    assert crossings(columns) == 1
    assert untangle(columns) == 0


def test_arrows_that_share_an_end_do_not_cross() -> None:
    assert crossings(made(4, [(0, 2), (0, 3), (1, 3)])) == 0


def test_what_cannot_be_put_straight_is_told() -> None:
    both = [(one, other) for one in (0, 1) for other in (2, 3)]
    assert untangle(made(4, both)) == 1


def test_a_tree_has_no_crossing_left() -> None:
    leaves = [(1 + number % 3, 4 + number) for number in range(9)]
    assert untangle(made(13, [(0, 1), (0, 2), (0, 3), *leaves])) == 0


@given(PAIRS)
def test_crossings_are_those_of_all_pairs(arrows: list[tuple[int, int]]) -> None:
    columns = made(2 * SIDE, arrows)
    if len(columns.columns) == 2:
        assert crossings(columns) == counted_one_by_one(columns)


@given(PAIRS)
def test_untangling_never_makes_it_worse_and_loses_nobody(arrows: list[tuple[int, int]]) -> None:
    columns = made(2 * SIDE, arrows)
    before, members = crossings(columns), [sorted(one) for one in columns.columns]
    assert untangle(columns) == crossings(columns) <= before
    assert [sorted(one) for one in columns.columns] == members
