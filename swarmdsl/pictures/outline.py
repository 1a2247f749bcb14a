"""A picture as plain text: a line for each box, and what reaches it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from swarmdsl.pictures.diagram import Arrow, Box, Diagram, Mark, some

SHOWN_MAX = 6  # sources of one line


def to_text(diagram: Diagram) -> str:
    """The boxes in order, each with what is pushed to it, then the findings.

    >>> boxes = (Box(id="a", title="a"), Box(id="b", title="b", lines=("function · any",)))
    >>> arrows = (Arrow(source="a", destination="b", label="int"),)
    >>> print(to_text(Diagram(name="two", boxes=boxes, arrows=arrows)), end="")
    two
      a
      b  function · any  <- a (int)
    """
    into = defaultdict[str, list[Arrow]](list)
    for arrow in diagram.arrows:
        into[arrow.destination].append(arrow)
    title = max((len(one.title) for one in diagram.boxes), default=0)
    said = max((len(", ".join(one.lines)) for one in diagram.boxes), default=0)
    lines = [f"{diagram.name}: {diagram.summary}" if diagram.summary else diagram.name]
    for box in diagram.boxes:
        about = f"  {box.title:{title}}  {', '.join(box.lines):{said}}  {_sources(into[box.id])}"
        lines.append(" ".join(filter(None, (about.rstrip(), _codes(box)))))
    lines.extend(_findings(diagram.marks))
    return "".join(f"{line}\n" for line in lines)


def _sources(arrows: list[Arrow]) -> str:
    if not arrows:
        return ""
    return f"<- {some(tuple(_source(one) for one in arrows), SHOWN_MAX)}"


def _source(arrow: Arrow) -> str:
    codes = "".join(f" [{one.code}]" for one in arrow.marks)
    said = ", ".join(filter(None, (arrow.label, "loop" if arrow.style == "loop" else "")))
    return f"{arrow.source}{f' ({said})' if said else ''}{codes}"


def _codes(box: Box) -> str:
    return " ".join(f"[{one.code}]" for one in box.marks)


def _findings(marks: tuple[Mark, ...]) -> Iterator[str]:
    for mark in marks:
        yield f"{mark.code} {mark.severity}: {f'{mark.path}: ' if mark.path else ''}{mark.text}"
