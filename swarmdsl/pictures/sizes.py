"""How large what is drawn must be, from its texts alone.

Units are those of the drawing: the title of a box is 13 of them high.
"""

from __future__ import annotations

from dataclasses import dataclass

from swarmdsl.pictures.diagram import Arrow, Box, Mark
from swarmdsl.pictures.text_width import cut, width_of

TITLE, LINE, LABEL = 13.0, 11.0, 10.5
BOX_MIN, BOX_MAX = 90.0, 230.0
PADDING, LEADING = 12.0, 16.0
BADGE = 16.0  # how high the code of a finding is
BADGES_MAX = 3  # at one box or arrow; all findings are in the list below
BETWEEN = 4.0  # what stands in a row
LABEL_MAX = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What stands over an arrow: a text and behind it the codes of findings.

    Attributes:
        text: as much of the label as there is room for.
        marks: those whose codes are shown.
        width: of all of it; 0 if nothing is to be shown.
        height: above the arrow.
    """

    text: str
    marks: tuple[Mark, ...]
    width: float
    height: float


def row_of(arrow: Arrow, *, labelled: bool) -> Row:
    """What is shown over an arrow; its findings are, even where labels have no room.

    >>> row_of(Arrow(source="a", destination="b", label="int"), labelled=False).width
    0.0
    """
    text = cut(arrow.label, LABEL, LABEL_MAX) if labelled else ""
    marks = arrow.marks[:BADGES_MAX]
    parts = [width_of(text, LABEL)] if text else []
    parts += map(badge_width, marks)
    width = sum(parts) + BETWEEN * (len(parts) - 1) if parts else 0.0
    return Row(text=text, marks=marks, width=width, height=BADGE if marks else LABEL)


def badge_width(mark: Mark) -> float:
    """How wide the code of a finding is, with the colour around it."""
    return width_of(mark.code, LABEL, bold=True) + PADDING


def text_height(box: Box) -> float:
    """How high a box must be for its texts."""
    return TITLE + LEADING * len(box.lines) + 2 * PADDING


def box_width(box: Box) -> float:
    """How wide a box should be; longer texts are cut."""
    title = width_of(box.title, TITLE, bold=True)
    wanted = max(title, *(width_of(line, LINE) for line in box.lines), 0.0) + 2 * PADDING
    return min(max(wanted, BOX_MIN), BOX_MAX)
