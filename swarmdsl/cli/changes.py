"""The differences of two topologies, for a person and for a program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from swarmdsl.topology.difference import Change

_MARKS = {"added": "+", "removed": "-", "changed": "~"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHOWN_MAX = 20  # names that come or go, of one kind
_VALUE_MAX = 60  # characters


def as_text(changes: Sequence[Change]) -> str:
    """The differences by kind of thing, one a line.

    >>> print(as_text([Change(kind="added", what="task", name="count")]), end="")
    tasks
      + count
    """
    lines: list[str] = []
    for what, some in groupby(changes, lambda one: one.what):
        lines += [f"{what}s", *_lines(list(some))]
    return "".join(f"{line}\n" for line in lines)


def as_document(changes: Sequence[Change]) -> dict[str, Any]:
    """The differences for `--format json`."""
    return {"equal": not changes, "changes": [asdict(one) for one in changes]}


def _lines(changes: Sequence[Change]) -> Iterator[str]:
    for (kind, name), some in groupby(changes, lambda one: (one.kind, _name(one))):
        listed = list(some)
        if kind == "changed":
            yield f"  ~ {name}"
            yield from (f"      {one.field}: {_both(one)}" for one in listed)
        else:
            yield from (f"  {_MARKS[kind]} {one.name}" for one in listed[:_SHOWN_MAX])
            if len(listed) > _SHOWN_MAX:
                yield f"  {_MARKS[kind]} and {len(listed) - _SHOWN_MAX} more"


def _name(change: Change) -> str:
    """What stands at the head of the fields; those that come or go stand together."""
    return change.name if change.kind == "changed" else ""


def _both(change: Change) -> str:
    if isinstance(change.old, list) and isinstance(change.new, list):
        gone = [one for one in change.old if one not in change.new]
        came = [one for one in change.new if one not in change.old]
        if len(change.old) + len(change.new) > 2 and (gone or came):
            return ", ".join(
                [*(f"- {one}" for one in gone), *(f"+ {one}" for one in came)][:_SHOWN_MAX]
            )
    return f"{_shown(change.old)} -> {_shown(change.new)}"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str) and _SHA256.fullmatch(value):
        return f"{value[:12]}…"
    text = repr(value)
    return text if len(text) <= _VALUE_MAX else f"{text[:_VALUE_MAX]}…"
