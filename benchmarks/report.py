"""Figures as a table for people, and as JSON for whoever wants to compute with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import msgspec

from benchmarks.benchmark import Benchmark, Row
from benchmarks.dots import dots


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


def from_json(document: bytes) -> list[Row]:
    """The rows of a document that `as_json` made.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    return msgspec.json.decode(document, type=_Document).rows


class _Document(msgspec.Struct):
    rows: list[Row]


def charts(benchmark: Benchmark, rows: Sequence[Row]) -> dict[str, str]:
    """The drawing of a benchmark whose figures are drawn as they are, by file name."""
    drawn = [row for row in rows if row.metric == benchmark.chart and row.min > 0]
    if not drawn:
        return {}
    title = f"{benchmark.name}: {benchmark.chart.removesuffix('_ms')}"
    return {f"{benchmark.name}.svg": dots(title, drawn)}
