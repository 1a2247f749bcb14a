"""`swarm validate --capacity`: what the declared rates of each target come to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from swarmdsl.compiler import capacity_report

if TYPE_CHECKING:
    from swarmdsl.compiler.capacity import Capacity
    from swarmdsl.compiler.formats.checked import Checked

CAPACITY_FORMATS = ("full", "concise", "json")
_NOTHING = "no rate, service time or budget is declared, or errors keep it from being worked out"


def with_capacities(form: str, text: str, checked: Sequence[Checked]) -> str:
    """A report with the capacity of each target: a table behind it, or a field of its document."""
    loaded = [one for one in checked if one.problem is None]
    if form != "json":
        tables = (f"\ncapacity of {one.target}\n{_text(one.capacity)}\n" for one in loaded)
        return text + "".join(tables)
    document = json.loads(text)
    document["capacity"] = [
        {"target": one.target, **capacity_report.document(one.capacity)}
        for one in loaded
        if one.capacity is not None
    ]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _text(capacity: Capacity | None) -> str:
    return _NOTHING if capacity is None else capacity_report.table(capacity)
