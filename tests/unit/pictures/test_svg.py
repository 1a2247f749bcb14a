import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given

from swarmdsl.pictures.diagram import Box, Diagram, Mark
from swarmdsl.pictures.svg import MARKS_MAX, to_svg
from tests.unit.pictures.graphs import diagram, graphs

SVG = "{http://www.w3.org/2000/svg}"
WRONG = Mark(code="SW201", severity="error", path="b0 -> b1", text="float is no int")


def parsed(picture: str) -> ET.Element:
    return ET.fromstring(picture)


def texts(picture: str) -> list[str]:
    return [one.text or "" for one in parsed(picture).iter(f"{SVG}text")]


def test_every_box_and_label_is_written() -> None:
    found = texts(to_svg(diagram(2, (0, 1))))
    assert found == ["graph", "2 boxes", "box 0", "function", "box 1", "function", "int"]


def test_names_that_look_like_markup_are_text() -> None:
    name = '</text><script>alert("&")</script>'
    picture = to_svg(Diagram(name=name, boxes=(Box(id="a", title=name, detail=name),)))
    assert name in texts(picture)
    assert not list(parsed(picture).iter(f"{SVG}script"))


def test_it_fetches_nothing_and_runs_nothing() -> None:
    picture = to_svg(diagram(3, (0, 1), (1, 2), loops=((2, 0),)))
    assert re.findall(r"https?://[^\"]+", picture) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|<image|<foreignObject|@import|\son\w+=", picture)
    assert set(re.findall(r"url\(([^)]*)\)", picture)) <= {
        f"#{one.get('id')}" for one in parsed(picture).iter(f"{SVG}marker")
    }


def test_who_cannot_see_it_is_told_what_it_is() -> None:
    root = parsed(to_svg(diagram(1)))
    named = (root.get("aria-labelledby") or "").split()
    said = {one.get("id"): one.text for one in root if one.get("id")}
    assert root.get("role") == "img"
    assert [said[one] for one in named] == ["graph", "1 boxes"]


def test_what_points_at_an_arrow_tells_all_of_it() -> None:
    one = diagram(2, (0, 1))
    told = replace(one, arrows=(replace(one.arrows[0], detail="b0 -> b1: int, broadcast"),))
    titles = [each.text for each in parsed(to_svg(told)).iter(f"{SVG}title")]
    assert "b0 -> b1: int, broadcast" in titles


def test_names_in_two_pictures_on_one_page_do_not_clash() -> None:
    first, second = parsed(to_svg(diagram(1))), parsed(to_svg(diagram(2)))
    ids = [{one.get("id") for one in each.iter() if one.get("id")} for each in (first, second)]
    assert not ids[0] & ids[1]


def test_it_follows_light_and_dark_unless_told_which() -> None:
    auto, light, dark = (to_svg(diagram(1), theme) for theme in ("auto", "light", "dark"))
    assert "prefers-color-scheme:dark" in auto
    assert "prefers-color-scheme" not in light + dark
    assert "#0d1117" in dark
    assert "#0d1117" not in light


def test_a_finding_is_drawn_at_its_arrow_and_told_below() -> None:
    one = diagram(2, (0, 1))
    found = replace(one, marks=(WRONG,), arrows=(replace(one.arrows[0], marks=(WRONG,)),))
    picture = to_svg(found)
    assert texts(picture).count("SW201") == 2
    assert "error: b0 -> b1: float is no int" in texts(picture)
    assert 'class="way data error"' in picture


def test_a_finding_is_drawn_at_its_box() -> None:
    one = diagram(1)
    found = replace(one, marks=(WRONG,), boxes=(replace(one.boxes[0], marks=(WRONG,)),))
    assert 'class="box error"' in to_svg(found)


def test_of_many_findings_the_first_are_told_and_the_rest_counted() -> None:
    many = tuple(replace(WRONG, text=f"number {number}") for number in range(MARKS_MAX + 3))
    found = texts(to_svg(replace(diagram(1), marks=many)))
    assert found[-1] == "and 3 more"
    assert sum(one == "SW201" for one in found) == MARKS_MAX


@given(graphs())
def test_any_graph_gives_well_formed_svg_twice_the_same(graph: Diagram) -> None:
    picture = to_svg(graph)
    assert len(list(parsed(picture).iter(f"{SVG}path"))) == len(graph.arrows) + 5
    assert picture == to_svg(graph)
