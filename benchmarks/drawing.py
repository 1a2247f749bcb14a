"""Lines over time, or another unit, as SVG: as much of plotting as these pages need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 110, 34, 40
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b")
TICKS = 5


def lines(
    title: str,
    unit: str,
    times_s: Sequence[float],
    series: Mapping[str, Sequence[float]],
    times_unit: str = "seconds",
) -> str:
    """A drawing of several series over the same times, from zero up."""
    end_s = max(times_s) or 1.0
    top = _round_up(max(max(values) for values in series.values()))
    parts = [_axes(f"{title} ({unit})", end_s, top, times_unit)]
    for number, (name, values) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(
            f"{_x(time_s / end_s):.1f},{_y(value / top):.1f}"
            for time_s, value in zip(times_s, values, strict=True)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        parts.append(_text(WIDTH - RIGHT + 8, TOP + 14 + 16 * number, name, colour=colour))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )


def _axes(title: str, end_s: float, top: float, times_unit: str) -> str:
    parts = [_text(LEFT, 18, title, size=14)]
    for tick in range(TICKS + 1):
        share = tick / TICKS
        y, x = _y(share), _x(share)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{top * share:g}", anchor="end"))
        parts.append(_text(x, HEIGHT - BOTTOM + 18, f"{end_s * share:.0f}", anchor="middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, times_unit, anchor="middle"))
    return "\n".join(parts)


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", colour: str = "black", size: int = 12
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
        f'font-size="{size}">{text}</text>'
    )


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5, 10, ... times a power of ten."""
    power = 1.0
    while power * 10 <= value:
        power *= 10
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= value)
