from itertools import combinations

from hypothesis import given

from swarmdsl.pictures.diagram import Diagram
from swarmdsl.pictures.layout import Layout, Placed, laid_out
from tests.unit.pictures.graphs import diagram, graphs


def placed(layout: Layout, name: str) -> Placed:
    return next(one for one in layout.boxes if one.box.id == name)


def overlap(one: Placed, other: Placed) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    above = one.y + one.height <= other.y + 1e-6 or other.y + other.height <= one.y + 1e-6
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
    plain, looped = diagram(3, (0, 1), (1, 2)), diagram(3, (0, 1), (1, 2), loops=((2, 0),))
    assert [one.x for one in laid_out(plain).boxes] == [one.x for one in laid_out(looped).boxes]


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


def test_many_arrows_have_no_labels_that_would_hide_them() -> None:
    few, many = diagram(12, (0, 1)), diagram(12, *[(0, 1 + one % 11) for one in range(70)])
    assert laid_out(few).arrows[0].label == "int"
    assert {one.label for one in laid_out(many).arrows} == {""}


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
