"""Figures as a table for people, and as JSON for whoever wants to compute with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import msgspec

from benchmarks.benchmark import Row


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| case | system | metric | unit | min | median | max |",
        "|---|---|---|---|--:|--:|--:|",
    ]
    lines += [
        f"| {row.case} | {row.system} | {row.metric} | {row.unit} "
        f"| {row.min:,.6g} | {row.median:,.6g} | {row.max:,.6g} |"
        for row in rows
    ]
    return "\n".join(lines)


def as_json(rows: Sequence[Row], facts: dict[str, str]) -> bytes:
    """The machine and the rows, one field a line."""
    document = {"machine": facts, "rows": [asdict(row) for row in rows]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
