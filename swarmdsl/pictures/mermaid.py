"""A picture as Mermaid, which GitHub, GitLab and JupyterLab draw where they find it in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.pictures.diagram import Arrow, Box, Diagram

_LINES = {"data": "-->", "control": "-.->", "loop": "==>"}
_WORST = ("error", "warning")
_STROKES = {"error": "#cf222e", "warning": "#9a6700"}


def to_mermaid(diagram: Diagram) -> str:
    """A flow chart, from the left to the right; findings are coloured.

    >>> boxes = (Box(id="a", title="a"), Box(id="b", title="b"))
    >>> arrows = (Arrow(source="a", destination="b", label="list[int]"),)
    >>> print(to_mermaid(Diagram(name="two", boxes=boxes, arrows=arrows)), end="")
    flowchart LR
      n0["a"]
      n1["b"]
      n0 -->|"list#91;int#93;"| n1
    """
    return "".join(f"{line}\n" for line in _lines(diagram))


def _lines(diagram: Diagram) -> Iterator[str]:
    names = {box.id: f"n{index}" for index, box in enumerate(diagram.boxes)}
    yield "flowchart LR"
    for box in diagram.boxes:
        yield f"  {names[box.id]}{_shape(box)}"
    for arrow in diagram.arrows:
        label = f'|"{_quoted(arrow.label)}"|' if arrow.label and diagram.labelled else ""
        ends = names[arrow.source], names[arrow.destination]
        yield f"  {ends[0]} {_LINES[arrow.style]}{label} {ends[1]}"
    yield from _marked(diagram, names)


def _shape(box: Box) -> str:
    text = "<br/>".join(_quoted(line) for line in (box.title, *box.lines))
    return f'(["{text}"])' if box.kind == "run" else f'["{text}"]'


def _marked(diagram: Diagram, names: dict[str, str]) -> Iterator[str]:
    for box in diagram.boxes:
        if worst := _worst(box):
            yield f"  style {names[box.id]} stroke:{_STROKES[worst]},stroke-width:3px"
    for index, arrow in enumerate(diagram.arrows):
        if worst := _worst(arrow):
            yield f"  linkStyle {index} stroke:{_STROKES[worst]},stroke-width:3px"


def _worst(one: Box | Arrow) -> str:
    found = {mark.severity for mark in one.marks}
    return next((severity for severity in _WORST if severity in found), "")


def _quoted(text: str) -> str:
    """A text between double quotes, where `#91;` is the character 91."""
    return "".join(one if one.isalnum() or one in " _.,-·×" else f"#{ord(one)};" for one in text)  # noqa: RUF001
