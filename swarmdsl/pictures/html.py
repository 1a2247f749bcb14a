"""A picture as a page of its own, without scripts: nothing is fetched when it is opened."""

from __future__ import annotations

from html import escape

from swarmdsl.pictures.diagram import Diagram
from swarmdsl.pictures.svg import to_svg

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body{{margin:0}}svg{{max-width:100%;height:auto}}</style>
{svg}{findings}</html>
"""


def to_html(diagram: Diagram) -> str:
    """The drawing, and below it every finding in full.

    >>> to_html(Diagram(name="none")).splitlines()[0]
    '<!doctype html>'
    """
    return _PAGE.format(
        title=escape(diagram.name), svg=to_svg(diagram), findings=findings_as_html(diagram)
    )


def findings_as_html(diagram: Diagram) -> str:
    """The findings, folded away; nothing if there are none."""
    if not diagram.marks:
        return ""
    items = "".join(
        f"<li><b>{escape(one.code)}</b> {one.severity}: "
        f"{escape(f'{one.path}: ' if one.path else '')}{escape(one.text)}</li>\n"
        for one in diagram.marks
    )
    many = len(diagram.marks)
    told = f"{many} finding{'' if many == 1 else 's'}"
    return f"<details><summary>{told}</summary><ul>\n{items}</ul></details>\n"
