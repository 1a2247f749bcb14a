"""A picture as SVG: one file without scripts, fonts or links, that follows light and dark."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Literal
from xml.sax.saxutils import escape

from swarmdsl.pictures.diagram import Diagram, Mark
from swarmdsl.pictures.layout import Drawn, Layout, Placed, Point, laid_out
from swarmdsl.pictures.palette import DARK, LIGHT
from swarmdsl.pictures.sizes import (
    BADGE,
    BADGES_MAX,
    BETWEEN,
    LABEL,
    LEADING,
    LINE,
    PADDING,
    TITLE,
    badge_width,
    text_height,
)
from swarmdsl.pictures.text_width import cut, width_of

MARGIN, HEAD = 24.0, 46.0
MARKS_MAX = 12  # findings in the list below; the rest is counted
LIST_WIDTH_MAX = 820.0

Theme = Literal["auto", "light", "dark"]


def to_svg(diagram: Diagram, theme: Theme = "auto") -> str:
    """Draw it. The same diagram gives the same bytes.

    Args:
        diagram: what to draw.
        theme: `auto` follows the one of whoever looks at it.

    >>> from swarmdsl.pictures.diagram import Box, Diagram
    >>> to_svg(Diagram(name="one", boxes=(Box(id="a", title="a"),)))[:38]
    '<svg xmlns="http://www.w3.org/2000/svg'
    """
    return _Picture(diagram, laid_out(diagram), theme).text()


class _Picture:
    """The parts of one picture. Names in it are its own: two may stand on one page."""

    def __init__(self, diagram: Diagram, layout: Layout, theme: Theme) -> None:
        self._diagram, self._layout, self._theme = diagram, layout, theme
        self._id = "s" + hashlib.sha256(repr((diagram, theme)).encode()).hexdigest()[:8]
        self._listed = diagram.marks[:MARKS_MAX]
        title = width_of(diagram.name, TITLE + 3, bold=True) + width_of(diagram.summary, LINE)
        listed = max((_list_width(one) for one in self._listed), default=0.0)
        widest = max(layout.width, title + PADDING, min(listed, LIST_WIDTH_MAX))
        self._width = widest + 2 * MARGIN
        self._height = HEAD + layout.height + 2 * MARGIN + self._list_height()

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        size = f'width="{_n(self._width)}" height="{_n(self._height)}"'
        box = f'viewBox="0 0 {_n(self._width)} {_n(self._height)}"'
        named = f'class="{self._id}" role="img" aria-labelledby="{self._id}-t {self._id}-d"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} {named}>'
        yield f'<title id="{self._id}-t">{escape(self._diagram.name)}</title>'
        yield f'<desc id="{self._id}-d">{escape(self._diagram.summary)}</desc>'
        yield f"<style>{''.join(self._style())}</style>"
        yield "<defs>"
        for kind in ("data", "loop", "error", "warning", "info"):
            yield (
                f'<marker id="{self._id}-{kind}" viewBox="0 0 8 8" refX="7" refY="4" '
                f'markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
                f'<path d="M0 0 8 4 0 8z" class="{kind}-head"/></marker>'
            )
        yield "</defs>"
        yield '<rect class="paper" width="100%" height="100%"/>'
        yield from self._heading()
        yield f'<g transform="translate({_n(MARGIN)} {_n(HEAD + MARGIN)})">'
        for arrow in self._layout.arrows:
            yield from self._arrow(arrow)
        for placed in self._layout.boxes:
            yield from _box(placed)
        for arrow in self._layout.arrows:
            yield from _row(arrow)
        yield "</g>"
        yield from self._list()
        yield "</svg>"

    def _heading(self) -> Iterator[str]:
        x = MARGIN + width_of(self._diagram.name, TITLE + 3, bold=True) + PADDING
        yield f'<text class="name" x="{_n(MARGIN)}" y="34">{escape(self._diagram.name)}</text>'
        yield f'<text class="faint" x="{_n(x)}" y="34">{escape(self._diagram.summary)}</text>'

    def _arrow(self, drawn: Drawn) -> Iterator[str]:
        worst = _worst(drawn.arrow.marks)
        style = "loop" if drawn.arrow.style == "loop" else "data"
        classes = " ".join(filter(None, ("way", drawn.arrow.style, worst)))
        head = f'marker-end="url(#{self._id}-{worst or style})"'
        path = f'<path class="{classes}" d="{_path(drawn.points)}" {head}/>'
        yield f"<g><title>{escape(drawn.arrow.detail)}</title>{path}</g>"

    def _list_height(self) -> float:
        if not self._diagram.marks:
            return 0.0
        lines = len(self._listed) + (len(self._diagram.marks) > MARKS_MAX)
        return lines * LEADING * 1.25 + MARGIN / 2

    def _list(self) -> Iterator[str]:
        y = HEAD + self._layout.height + 2 * MARGIN + LINE
        for mark in self._listed:
            room = self._width - 2 * MARGIN - badge_width(mark) - PADDING
            text = cut(_told(mark), LINE, room)
            yield from _badge(mark, (MARGIN, y - LINE - 1))
            x = MARGIN + badge_width(mark) + PADDING
            yield f'<text class="note" x="{_n(x)}" y="{_n(y)}">{escape(text)}</text>'
            y += LEADING * 1.25
        rest = len(self._diagram.marks) - len(self._listed)
        if rest:
            yield f'<text class="faint" x="{_n(MARGIN)}" y="{_n(y)}">and {rest:,} more</text>'

    def _style(self) -> Iterator[str]:
        at = f".{self._id}"
        yield f"{at} text{{font-family:system-ui,'Segoe UI',Helvetica,Arial,sans-serif}}"
        sizes = {"name": TITLE + 3, "title": TITLE, "line": LINE, "note": LINE, "faint": LINE}
        for name, size in {**sizes, "label": LABEL, "code": LABEL}.items():
            yield f"{at} .{name}{{font-size:{_n(size)}px}}"
        yield f"{at} .name,{at} .title,{at} .code{{font-weight:600}}"
        yield f"{at} .way{{fill:none;stroke-width:1.4}}"
        yield f"{at} .control{{stroke-dasharray:2 4}}{at} .loop{{stroke-dasharray:7 4}}"
        yield f"{at} .error.way,{at} .warning.way,{at} .info.way{{stroke-width:2.6}}"
        yield from _colours(at, DARK if self._theme == "dark" else LIGHT)
        if self._theme == "auto":
            dark = "".join(_colours(at, DARK))
            yield f"@media (prefers-color-scheme:dark){{{dark}}}"


def _colours(at: str, of: Mapping[str, str]) -> Iterator[str]:
    yield f"{at} .paper{{fill:{of['paper']}}}"
    yield f"{at} .box{{fill:{of['box']};stroke:{of['rim']}}}"
    yield f"{at} .name,{at} .title,{at} .note,{at} .label{{fill:{of['ink']}}}"
    yield f"{at} .line,{at} .faint{{fill:{of['faint']}}}"
    yield f"{at} .way{{stroke:{of['data']}}}{at} .loop.way{{stroke:{of['loop']}}}"
    yield f"{at} .data-head{{fill:{of['data']}}}{at} .loop-head{{fill:{of['loop']}}}"
    for kind in ("function", "daemon", "script", "program", "image", "worker", "run"):
        yield f"{at} .{kind}-bar{{fill:{of[kind]}}}"
    for one in ("error", "warning", "info"):
        yield f"{at} .{one}.way,{at} .{one}.box{{stroke:{of[one]}}}"
        yield f"{at} .{one}-head,{at} .{one}-badge{{fill:{of[one]}}}"
    yield f"{at} .code{{fill:{of['on_mark']}}}"


def _box(placed: Placed) -> Iterator[str]:
    worst = _worst(placed.box.marks)
    x, y, width, height = placed.x, placed.y, placed.width, placed.height
    at = f'x="{_n(x)}" y="{_n(y)}"'
    size = f'width="{_n(width)}" height="{_n(height)}"'
    classes = " ".join(filter(None, ("box", worst)))
    yield f"<g><title>{escape(placed.box.detail or placed.box.title)}</title>"
    yield f'<rect class="{classes}" {at} {size} rx="6"/>'
    bar = f'x="{_n(x + 1)}" y="{_n(y + 6)}" width="3" height="{_n(height - 12)}"'
    yield f'<rect class="{placed.box.kind}-bar" {bar} rx="1.5"/>'
    line = y + (height - text_height(placed.box)) / 2 + PADDING + TITLE - 2
    yield f'<text class="title" x="{_n(x + PADDING)}" y="{_n(line)}">{escape(placed.title)}</text>'
    for text in placed.lines:
        line += LEADING
        yield f'<text class="line" x="{_n(x + PADDING)}" y="{_n(line)}">{escape(text)}</text>'
    for index, mark in enumerate(placed.box.marks[:BADGES_MAX]):
        right = x + width - PADDING / 2 - (index + 1) * (badge_width(mark) + 4)
        yield from _badge(mark, (right, y - BADGE / 2))
    yield "</g>"


def _row(drawn: Drawn) -> Iterator[str]:
    """What stands over an arrow: its label, and the codes of its findings."""
    x, y = drawn.row_at
    if drawn.row.text:
        width = width_of(drawn.row.text, LABEL)
        at = f'x="{_n(x + width / 2)}" y="{_n(y)}" text-anchor="middle"'
        yield f'<text class="label" {at}>{escape(drawn.row.text)}</text>'
        x += width + BETWEEN
    for mark in drawn.row.marks:
        yield from _badge(mark, (x, y - BADGE + 2))
        x += badge_width(mark) + BETWEEN


def _told(mark: Mark) -> str:
    return (
        f"{mark.severity}: {mark.path}: {mark.text}"
        if mark.path
        else f"{mark.severity}: {mark.text}"
    )


def _list_width(mark: Mark) -> float:
    return badge_width(mark) + PADDING + width_of(_told(mark), LINE)


def _badge(mark: Mark, at: Point) -> Iterator[str]:
    """The code of a finding on its colour."""
    x, y = at
    width = badge_width(mark)
    told = escape(f"{mark.code} {mark.severity}: {mark.text}")
    size = f'width="{_n(width)}" height="{_n(BADGE)}" rx="3"'
    middle = f'x="{_n(x + width / 2)}" y="{_n(y + BADGE - 4)}" text-anchor="middle"'
    at_corner = f'x="{_n(x)}" y="{_n(y)}"'
    yield f'<g><title>{told}</title><rect class="{mark.severity}-badge" {at_corner} {size}/>'
    yield f'<text class="code" {middle}>{escape(mark.code)}</text></g>'


def _worst(marks: tuple[Mark, ...]) -> str:
    found = {one.severity for one in marks}
    return next((one for one in ("error", "warning", "info") if one in found), "")


def _path(points: tuple[Point, ...]) -> str:
    """Curves that leave and reach each point levelly."""
    x, y = points[0]
    steps = [f"M{_n(x)} {_n(y)}"]
    for to_x, to_y in points[1:]:
        if to_y == y or to_x == x:
            steps.append(f"L{_n(to_x)} {_n(to_y)}")
        else:
            middle = (x + to_x) / 2
            steps.append(f"C{_n(middle)} {_n(y)} {_n(middle)} {_n(to_y)} {_n(to_x)} {_n(to_y)}")
        x, y = to_x, to_y
    return "".join(steps)


def _n(number: float) -> str:
    """A number in a picture: to a tenth.

    >>> _n(12.0), _n(0.25)
    ('12', '0.2')
    """
    return f"{number:.1f}".removesuffix(".0")
