import json
from dataclasses import replace

import pytest

from swarmdsl.pictures.diagram import Arrow, Box, Diagram, Mark
from swarmdsl.pictures.forms import ENDINGS, FORMS, drawn, form_of
from tests.unit.pictures.graphs import diagram

WRONG = Mark(code="SW201", severity="error", path="b0 -> b1", text="float is no int")
LATE = Mark(code="SW402", severity="warning", path="b0", text="nobody reads it")


def with_findings() -> Diagram:
    one = diagram(2, (0, 1), loops=((1, 0),))
    boxes = (replace(one.boxes[0], marks=(LATE,)), one.boxes[1])
    arrows = (replace(one.arrows[0], marks=(WRONG,)), one.arrows[1])
    return replace(one, boxes=boxes, arrows=arrows, marks=(WRONG, LATE))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_every_box(form: str) -> None:
    written = drawn(with_findings(), form)
    assert "box 0" in written
    assert "box 1" in written
    assert written.endswith("\n")


def test_every_ending_says_a_form_that_there_is() -> None:
    assert set(ENDINGS.values()) == set(FORMS)
    assert form_of("a/b.graph.SVG") == "svg"
    assert form_of("svg") is None


def test_text_tells_what_reaches_each_box_and_what_is_wrong() -> None:
    assert drawn(with_findings(), "text") == (
        "graph: 2 boxes\n"
        "  box 0  function  <- b1 (loop) [SW402]\n"
        "  box 1  function  <- b0 (int) [SW201]\n"
        "SW201 error: b0 -> b1: float is no int\n"
        "SW402 warning: b0: nobody reads it\n"
    )


def test_text_names_the_first_of_many_sources() -> None:
    many = diagram(12, *[(one, 11) for one in range(11)])
    assert "<- b0 (int), b1 (int), b2 (int), b3 (int), b4 (int), b5 (int) and 5 more" in drawn(
        many, "text"
    )


def test_mermaid_tells_loops_and_findings_apart() -> None:
    assert drawn(with_findings(), "mermaid").splitlines() == [
        "flowchart LR",
        '  n0["box 0<br/>function"]',
        '  n1["box 1<br/>function"]',
        '  n0 -->|"int"| n1',
        "  n1 ==> n0",
        "  style n0 stroke:#9a6700,stroke-width:3px",
        "  linkStyle 0 stroke:#cf222e,stroke-width:3px",
    ]


def test_mermaid_is_not_misled_by_names() -> None:
    odd = Diagram(name="odd", boxes=(Box(id="a", title='end"]; click x "y'),))
    assert drawn(odd, "mermaid").splitlines()[1] == ('  n0["end#34;#93;#59; click x #34;y"]')


def test_dot_quotes_names_and_draws_loops_dashed() -> None:
    boxes = (Box(id='a"b', title="back\\slash"), Box(id="b", title="b"))
    arrows = (Arrow(source='a"b', destination="b", style="loop", marks=(WRONG,)),)
    lines = drawn(Diagram(name="odd", boxes=boxes, arrows=arrows), "dot").splitlines()
    assert '  "a\\"b" [label="back\\\\slash"];' in lines
    assert '  "a\\"b" -> "b" [color="#cf222e", penwidth=2, style=dashed];' in lines


def test_json_says_what_and_where() -> None:
    found = json.loads(drawn(with_findings(), "json"))
    assert found["format_version"] == 1
    assert [one["id"] for one in found["boxes"]] == ["b0", "b1"]
    assert [one["findings"] for one in found["arrows"]] == [["SW201"], []]
    assert found["findings"][1]["text"] == "nobody reads it"
    assert found["boxes"][1]["x"] > found["boxes"][0]["x"] + found["boxes"][0]["width"]
    assert found["arrows"][0]["points"][0][0] == found["boxes"][0]["width"]


def test_the_page_holds_the_drawing_and_every_finding_in_full() -> None:
    page = drawn(with_findings(), "html")
    assert page.startswith("<!doctype html>\n")
    assert "<svg " in page
    assert "<summary>2 findings</summary>" in page
    assert "<li><b>SW402</b> warning: b0: nobody reads it</li>" in page
    assert "<script" not in page


def test_a_page_without_findings_has_no_list_of_them() -> None:
    assert "<details>" not in drawn(diagram(1), "html")
