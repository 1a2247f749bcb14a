"""A picture as JSON: what it shows and where, for programs that draw it themselves."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from swarmdsl.pictures.diagram import Diagram
from swarmdsl.pictures.layout import Drawn, Placed, laid_out

FORMAT_VERSION = 1


def to_json(diagram: Diagram) -> str:
    """The boxes and arrows with their places, in units in which a title is 13 high.

    >>> from swarmdsl.pictures.diagram import Box
    >>> found = json.loads(to_json(Diagram(name="one", boxes=(Box(id="a", title="a"),))))
    >>> found["format_version"], found["boxes"][0]["id"], found["boxes"][0]["x"]
    (1, 'a', 0.0)
    """
    layout = laid_out(diagram)
    document = {
        "format_version": FORMAT_VERSION,
        "name": diagram.name,
        "summary": diagram.summary,
        "width": round(layout.width, 1),
        "height": round(layout.height, 1),
        "boxes": [_box(one) for one in layout.boxes],
        "arrows": [_arrow(one) for one in layout.arrows],
        "findings": [asdict(one) for one in diagram.marks],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _box(placed: Placed) -> dict[str, Any]:
    at = {"x": placed.x, "y": placed.y, "width": placed.width, "height": placed.height}
    said = asdict(placed.box)
    said["findings"] = [one["code"] for one in said.pop("marks")]
    return {**said, **{name: round(value, 1) for name, value in at.items()}}


def _arrow(drawn: Drawn) -> dict[str, Any]:
    said = asdict(drawn.arrow)
    said["findings"] = [one["code"] for one in said.pop("marks")]
    return {**said, "points": [[round(x, 1), round(y, 1)] for x, y in drawn.points]}
