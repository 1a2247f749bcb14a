"""Spans and moments of time as people write and read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from swarmdsl.cli.exits import UsageError

UNITS_S: Mapping[str, int] = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)([smhdw]?)", re.ASCII)


def duration_s(text: str, origin: str) -> float:
    """The seconds that a text means; a number alone is seconds.

    Raises:
        UsageError: it means none; `origin` names where it stands.

    >>> duration_s("7d", "--older-than"), duration_s("1.5h", "--since"), duration_s("90", "--since")
    (604800.0, 5400.0, 90.0)
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{origin}: {text!r} is no span of time; write 90s, 10m, 36h, 7d or 2w")
    return float(found[1]) * UNITS_S[found[2] or "s"]


def shown_s(seconds: float) -> str:
    """A span in at most two units.

    >>> [shown_s(one) for one in (0.34, 42.0, 75.0, 7_500.0, 200_000.0)]
    ['0.3 s', '42 s', '1 m 15 s', '2 h 5 m', '2 d 7 h']
    """
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    whole = int(seconds)
    for large, small in (("d", "h"), ("h", "m"), ("m", "s")):
        if whole >= UNITS_S[large]:
            rest = whole % UNITS_S[large] // UNITS_S[small]
            return f"{whole // UNITS_S[large]} {large} {rest} {small}"
    return f"{whole} s"


def shown_time(at: float) -> str:
    """A moment, in seconds since 1970, as the time of day in UTC.

    >>> shown_time(1_000.5)
    '00:16:40 UTC'
    """
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"
