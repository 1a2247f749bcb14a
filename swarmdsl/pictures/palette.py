"""The colours of pictures, on light and on dark: contrast of text at least 4.5 to 1.

No colour says alone what it says: kinds are written in their boxes, findings carry their codes,
and arrows differ by their strokes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "paper": "#ffffff",
        "box": "#f6f8fa",
        "rim": "#8a939d",
        "ink": "#1c2128",
        "faint": "#57606a",
        "data": "#57606a",
        "loop": "#6e40c9",
        "function": "#0969da",
        "daemon": "#1a7f37",
        "script": "#9a6700",
        "program": "#bc4c00",
        "image": "#0a7480",
        "worker": "#0969da",
        "run": "#6e7781",
        "error": "#cf222e",
        "warning": "#9a6700",
        "info": "#0969da",
        "on_mark": "#ffffff",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        "paper": "#0d1117",
        "box": "#161b22",
        "rim": "#6e7681",
        "ink": "#e6edf3",
        "faint": "#9da7b1",
        "data": "#9da7b1",
        "loop": "#bc8cff",
        "function": "#58a6ff",
        "daemon": "#3fb950",
        "script": "#d29922",
        "program": "#f0883e",
        "image": "#39c5cf",
        "worker": "#58a6ff",
        "run": "#8b949e",
        "error": "#ff7b72",
        "warning": "#d29922",
        "info": "#58a6ff",
        "on_mark": "#0d1117",
    }
)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, from 0 to 1 (Web Content Accessibility Guidelines 2.1).

    >>> luminance("#000000"), round(luminance("#ffffff"), 6)
    (0.0, 1.0)
    """
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def contrast(one: str, other: str) -> float:
    """How much two colours differ in luminance, from 1 to 21 (likewise).

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
