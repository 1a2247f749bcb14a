"""The figures of a benchmark as a drawing: a dot for each system, with the least and the most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from benchmarks.benchmark import FLOOR, Row

WIDTH, LEFT, RIGHT, TOP, LINE, GAP = 720, 300, 90, 34, 18, 12
COLOURS = {FLOOR: "#7f7f7f", "swarmdsl": "#1f77b4"}
OTHER = "#ff7f0e"


def dots(title: str, rows: Sequence[Row]) -> str:
    """A drawing of rows that have one unit, case by case, over powers of ten.

    >>> row = Row(benchmark="push", case="dict", system="zenoh", metric="handled", unit="1/s",
    ...           min=2.0, median=3.0, max=4.0, runs=5)
    >>> "zenoh" in dots("Pushes", [row])
    True
    """
    least, most = _powers(rows)
    parts, y = list[str](), float(TOP)
    for case in dict.fromkeys(row.case for row in rows):
        y += LINE
        parts.append(_text(8, y, case, weight="bold"))
        for row in rows:
            if row.case == case:
                y += LINE
                parts += _dot(row, y, least, most)
        y += GAP
    height = y + LINE + GAP
    axis = [_tick(power, least, most, y) for power in range(least, most + 1)]
    head = _text(8, 20, f"{title} ({rows[0].unit})", size=14)
    body = "\n".join([head, *axis, *parts])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="white"/>\n{body}\n</svg>\n'
    )


def _powers(rows: Sequence[Row]) -> tuple[int, int]:
    """The powers of ten between which all figures lie."""
    least = math.floor(math.log10(min(row.min for row in rows)))
    most = math.ceil(math.log10(max(row.max for row in rows)))
    return least, max(most, least + 1)


def _dot(row: Row, y: float, least: int, most: int) -> list[str]:
    colour = COLOURS.get(row.system.partition(":")[0], OTHER)
    low, middle, high = (_x(one, least, most) for one in (row.min, row.median, row.max))
    return [
        _text(20, y, row.system),
        f'<path d="M{low:.1f} {y - 4:.1f}H{high:.1f}" stroke="{colour}" stroke-width="2"/>',
        f'<circle cx="{middle:.1f}" cy="{y - 4:.1f}" r="4" fill="{colour}"/>',
        _text(WIDTH - RIGHT + 12, y, _shown(row.median), colour=colour),
    ]


def _tick(power: int, least: int, most: int, bottom: float) -> str:
    x = _x(10.0**power, least, most)
    line = f'<path d="M{x:.1f} {TOP}V{bottom:.1f}" stroke="#ddd"/>'
    return line + _text(x, bottom + LINE, _shown(10.0**power), anchor="middle")


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.4g}"


def _x(value: float, least: int, most: int) -> float:
    share = (math.log10(value) - least) / (most - least)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    colour: str = "black",
    size: int = 12,
    weight: str = "normal",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
        f'font-size="{size}" font-weight="{weight}">{escape(text)}</text>'
    )
