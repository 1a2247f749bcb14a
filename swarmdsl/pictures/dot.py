"""A picture as DOT, for who has Graphviz and wants it drawn their way."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.pictures.diagram import Arrow, Box, Diagram

_STROKES = {"data": "solid", "control": "dotted", "loop": "dashed"}
_COLOURS = {"error": "#cf222e", "warning": "#9a6700", "info": "#0969da"}


def to_dot(diagram: Diagram) -> str:
    """A directed graph, from the left to the right.

    >>> print(to_dot(Diagram(name="one", boxes=(Box(id="a", title="a"),))), end="")
    digraph "one" {
      rankdir=LR;
      node [shape=box, style=rounded, fontname="sans-serif"];
      edge [fontname="sans-serif", fontsize=10];
      "a" [label="a"];
    }
    """
    return "".join(f"{line}\n" for line in _lines(diagram))


def _lines(diagram: Diagram) -> Iterator[str]:
    yield f"digraph {_quoted(diagram.name)} {{"
    yield "  rankdir=LR;"
    yield '  node [shape=box, style=rounded, fontname="sans-serif"];'
    yield '  edge [fontname="sans-serif", fontsize=10];'
    for box in diagram.boxes:
        label = _quoted("\n".join((box.title, *box.lines)))
        yield f"  {_quoted(box.id)} [{_attributes(label, _colour(box), box.detail)}];"
    for arrow in diagram.arrows:
        label = _quoted(arrow.label) if arrow.label and diagram.labelled else ""
        stroke = "" if arrow.style == "data" else f", style={_STROKES[arrow.style]}"
        ends = f"{_quoted(arrow.source)} -> {_quoted(arrow.destination)}"
        said = _attributes(label, _colour(arrow), arrow.detail) + stroke
        yield f"  {ends} [{said.removeprefix(', ')}];" if said else f"  {ends};"
    yield "}"


def _attributes(label: str, colour: str, detail: str) -> str:
    said = [f"label={label}"] if label else []
    if colour:
        said.append(f'color="{colour}", penwidth=2')
    if detail:
        said.append(f"tooltip={_quoted(detail)}")
    return ", ".join(said)


def _colour(one: Box | Arrow) -> str:
    found = {mark.severity for mark in one.marks}
    return next((colour for severity, colour in _COLOURS.items() if severity in found), "")


def _quoted(text: str) -> str:
    """A text as DOT takes it: a backslash is one, and a new line centres what comes before it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
