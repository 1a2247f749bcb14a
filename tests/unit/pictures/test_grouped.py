from dataclasses import replace

from swarmdsl.pictures.diagram import Diagram, Mark
from swarmdsl.pictures.grouped import grouped
from tests.unit.pictures.graphs import diagram

WRONG = Mark(code="SW201", severity="error", path="b3", text="wrong")


def fan(count: int) -> Diagram:
    """One, many after it, and one after them."""
    middle = range(1, count - 1)
    return diagram(count, *[(0, one) for one in middle], *[(one, count - 1) for one in middle])


def test_few_boxes_stay_as_they_are() -> None:
    assert grouped(fan(20), boxes_max=20) == fan(20)


def test_those_side_by_side_become_one() -> None:
    found = grouped(fan(500), boxes_max=100)
    assert [one.title for one in found.boxes] == ["box 0", "box 1 and 497 more", "box 499"]
    assert [(one.source, one.destination) for one in found.arrows] == [("b0", "b1"), ("b1", "b499")]
    assert found.arrows[0].label == "498 links, int"
    assert "drawn as one" in found.summary


def test_a_long_chain_becomes_a_short_one_of_pieces() -> None:
    found = grouped(diagram(1_000, *[(one, one + 1) for one in range(999)]), boxes_max=100)
    assert 25 < len(found.boxes) <= 100
    assert "links inside" in found.boxes[1].lines[-1]
    within = sum(int(box.lines[-1].split()[0].replace(",", "")) for box in found.boxes)
    assert within + len(found.arrows) == 999


def test_boxes_of_other_code_stay_apart() -> None:
    mixed = fan(500)
    boxes = tuple(
        replace(one, lines=("daemon",)) if index % 2 else one
        for index, one in enumerate(mixed.boxes)
    )
    found = grouped(replace(mixed, boxes=boxes), boxes_max=100)
    assert len(found.boxes) == 4


def test_a_box_with_a_finding_stays_alone() -> None:
    many = fan(500)
    boxes = tuple(replace(one, marks=(WRONG,)) if one.id == "b3" else one for one in many.boxes)
    found = grouped(replace(many, boxes=boxes, marks=(WRONG,)), boxes_max=100)
    assert "b3" in [one.id for one in found.boxes]
    assert found.marks == (WRONG,)


def test_a_finding_about_many_is_told_once() -> None:
    many = fan(500)
    boxes = tuple(replace(one, marks=(WRONG,)) for one in many.boxes)
    found = grouped(replace(many, boxes=boxes, marks=(WRONG,)), boxes_max=100)
    assert [one.marks for one in found.boxes] == [(WRONG,)] * 3
