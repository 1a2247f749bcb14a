from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.pictures.ranks import ranks_of

BOXES = 9
FORWARD = st.tuples(st.integers(0, BOXES - 1), st.integers(0, BOXES - 1)).filter(
    lambda ends: ends[0] < ends[1]
)


def test_a_chain_takes_a_column_for_each() -> None:
    assert ranks_of(4, [(0, 1), (1, 2), (2, 3)]) == [0, 1, 2, 3]


def test_the_longest_way_decides() -> None:
    assert ranks_of(3, [(0, 2), (0, 1), (1, 2)]) == [0, 1, 2]


def test_a_source_stands_right_before_what_it_feeds() -> None:
    assert ranks_of(4, [(0, 1), (1, 2), (3, 2)])[3] == 1


def test_a_box_alone_stands_first() -> None:
    assert ranks_of(2, []) == [0, 0]


def test_the_arrow_that_closes_a_cycle_leads_back() -> None:
    assert ranks_of(3, [(0, 1), (1, 2), (2, 0)]) == [0, 1, 2]


def test_a_long_chain_needs_no_deep_stack() -> None:
    assert ranks_of(20_000, [(one, one + 1) for one in range(19_999)])[-1] == 19_999


@given(st.lists(FORWARD))
def test_without_cycles_every_arrow_leads_to_the_right(arrows: list[tuple[int, int]]) -> None:
    ranks = ranks_of(BOXES, arrows)
    assert all(ranks[source] < ranks[destination] for source, destination in arrows)
    assert min(ranks) >= 0
