from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.pictures.diagram import Box, Diagram
from swarmdsl.pictures.gaps import HEAD
from swarmdsl.pictures.layout import Layout, Placed, Point, laid_out
from swarmdsl.pictures.sizes import LABEL
from tests.unit.pictures.graphs import diagram, graphs

ROUNDED = 1e-6


class Rectangle(NamedTuple):
    """Where something lies: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


def labels_of(layout: Layout) -> list[Rectangle]:
    """Where the labels and the codes of findings at arrows are."""
    return [
        Rectangle(one.row_at[0], one.row_at[1] - one.row.height, one.row.width, one.row.height)
        for one in layout.arrows
        if one.row.width
    ]


def along(points: Sequence[Point], steps: int = 24) -> Iterator[Point]:
    """Points of an arrow: it swings from one height to the other by a cubic curve."""
    for (x, y), (to_x, to_y) in pairwise(points):
        for step in range(steps + 1):
            t = step / steps
            bent = t if x == to_x else 3 * t**2 - 2 * t**3
            level = 1.5 * t * (1 - t) + t**3
            yield x + (to_x - x) * level, y + (to_y - y) * bent


def covers(one: Rectangle, point: Point) -> bool:
    beside = not one.x < point[0] < one.x + one.width
    return not (beside or not one.y < point[1] < one.y + one.height)


def placed(layout: Layout, name: str) -> Placed:
    return next(one for one in layout.boxes if one.box.id == name)


def overlap(one: Placed | Rectangle, other: Placed | Rectangle) -> bool:
    beside = one.x + one.width <= other.x + ROUNDED or other.x + other.width <= one.x + ROUNDED
    above = one.y + one.height <= other.y + ROUNDED or other.y + other.height <= one.y + ROUNDED
    return not (beside or above)


def test_an_arrow_leads_from_the_right_side_of_one_box_to_the_left_side_of_the_other() -> None:
    layout = laid_out(diagram(2, (0, 1)))
    one, other = layout.boxes
    start, end = layout.arrows[0].points
    assert start[0] == one.x + one.width
    assert end[0] == other.x
    assert start[1] == end[1] == one.y + one.height / 2


def test_a_loop_leads_back_to_where_it_came_from() -> None:
    layout = laid_out(diagram(3, (0, 1), (1, 2), loops=((2, 0),)))
    back = layout.arrows[2].points
    assert back[0][0] == placed(layout, "b2").x
    assert back[-1][0] == placed(layout, "b0").x + placed(layout, "b0").width


def test_a_loop_has_no_say_in_where_boxes_stand() -> None:
    looped = laid_out(diagram(3, (0, 1), (1, 2), loops=((2, 0),)))
    assert [one.box.id for one in sorted(looped.boxes, key=lambda one: one.x)] == ["b0", "b1", "b2"]


def test_a_box_that_feeds_itself_has_an_arrow_at_its_side() -> None:
    layout = laid_out(diagram(1, (0, 0)))
    (box,) = layout.boxes
    points = layout.arrows[0].points
    assert points[0][0] == points[-1][0] == box.x + box.width
    assert points[0][1] != points[-1][1]


def test_two_arrows_between_the_same_boxes_do_not_lie_upon_each_other() -> None:
    one, other = laid_out(diagram(2, (0, 1), (0, 1))).arrows
    assert one.points[0] != other.points[0]
    assert one.points[-1] != other.points[-1]


def test_long_names_are_cut_to_their_box() -> None:
    named = diagram(1)
    long = Diagram(
        name="long", boxes=(type(named.boxes[0])(id="a", title="a" * 200, lines=("b" * 200,)),)
    )
    (box,) = laid_out(long).boxes
    assert box.title.endswith("…")
    assert box.lines[0].endswith("…")


@given(st.text("abmw@#·×0_ ", min_size=1, max_size=16))
def test_a_name_that_its_box_is_made_for_is_not_cut(name: str) -> None:
    (box,) = laid_out(Diagram(name="one", boxes=(Box(id="a", title=name, lines=(name,)),))).boxes
    assert (box.title, box.lines) == (name, (name,))


def test_many_arrows_have_no_labels_that_would_hide_them() -> None:
    few, many = diagram(12, (0, 1)), diagram(12, *[(0, 1 + one % 11) for one in range(70)])
    assert laid_out(few).arrows[0].row.text == "int"
    assert {one.row.text for one in laid_out(many).arrows} == {""}


def test_the_only_arrow_between_two_boxes_is_level_though_others_leave_one_of_them() -> None:
    one, _ = laid_out(diagram(3, (0, 1), (1, 2), (0, 2))).arrows[:2]
    assert len({y for _, y in one.points}) == 1


def test_a_box_has_room_for_the_heads_of_all_its_arrows() -> None:
    ends = sorted(
        one.points[-1][1] for one in laid_out(diagram(9, *[(n, 8) for n in range(8)])).arrows
    )
    assert all(below - above >= HEAD - ROUNDED for above, below in pairwise(ends))


def test_a_head_is_level() -> None:
    for drawn in laid_out(diagram(4, (0, 3), (1, 3), (2, 3), loops=((3, 0),))).arrows:
        before, end = drawn.points[-2:]
        assert before[1] == end[1]
        assert abs(before[0] - end[0]) >= HEAD - ROUNDED


@given(graphs())
def test_no_two_labels_overlap_whatever_the_graph(graph: Diagram) -> None:
    labels = labels_of(laid_out(graph))
    assert not [pair for pair in combinations(labels, 2) if overlap(*pair)]


@given(graphs())
def test_no_label_lies_upon_a_box(graph: Diagram) -> None:
    layout = laid_out(graph)
    boxes = [Rectangle(one.x, one.y, one.width, one.height) for one in layout.boxes]
    assert not [one for one in labels_of(layout) for box in boxes if overlap(one, box)]


@given(graphs())
def test_no_arrow_passes_through_a_label(graph: Diagram) -> None:
    layout = laid_out(graph)
    passed = [point for one in layout.arrows for point in along(one.points)]
    assert not [one for one in labels_of(layout) for point in passed if covers(one, point)]


@given(graphs())
def test_every_label_is_inside_the_picture(graph: Diagram) -> None:
    layout = laid_out(graph)
    for one in labels_of(layout):
        assert one.x >= 0
        assert one.x + one.width <= layout.width + ROUNDED
        assert one.y >= -LABEL


def test_nothing_at_all_has_a_layout() -> None:
    assert laid_out(Diagram(name="none")) == Layout(width=0.0, height=0.0, boxes=(), arrows=())


@given(graphs())
def test_no_box_lies_upon_another_whatever_the_graph(graph: Diagram) -> None:
    layout = laid_out(graph)
    assert not [pair for pair in combinations(layout.boxes, 2) if overlap(*pair)]


@given(graphs())
def test_every_arrow_begins_and_ends_at_a_side_of_its_boxes(graph: Diagram) -> None:
    layout = laid_out(graph)
    for drawn in layout.arrows:
        for name, (x, y) in (
            (drawn.arrow.source, drawn.points[0]),
            (drawn.arrow.destination, drawn.points[-1]),
        ):
            box = placed(layout, name)
            assert x in {box.x, box.x + box.width}
            assert box.y <= y <= box.y + box.height


@given(graphs())
def test_all_of_it_is_inside_the_picture(graph: Diagram) -> None:
    layout = laid_out(graph)
    for one in layout.boxes:
        assert one.x >= 0
        assert -1e-6 <= one.y <= layout.height - one.height + 1e-6
    assert all(x <= layout.width for one in layout.arrows for x, _ in one.points)


@given(graphs())
def test_the_same_graph_gives_the_same_layout(graph: Diagram) -> None:
    assert laid_out(graph) == laid_out(graph)
