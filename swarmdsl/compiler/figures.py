"""Rates, times and shares as people read them."""

from __future__ import annotations

import math


def number(value: float) -> str:
    """Three digits that matter, or all of a large number.

    >>> number(7.5), number(510_000), number(0.04267), number(225)
    ('7.5', '510,000', '0.0427', '225')
    """
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"


def per_second(value: float) -> str:
    """A rate.

    >>> per_second(7.5)
    '7.5/s'
    """
    return f"{number(value)}/s"


def duration(seconds: float) -> str:
    """A time in the unit that suits it.

    >>> duration(30), duration(0.0025), duration(20e-6), duration(float("inf"))
    ('30 s', '2.5 ms', '20 us', 'without end')
    """
    if math.isinf(seconds):
        return "without end"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{number(seconds / size)} {unit}"
    return f"{number(seconds)} s"


def share(value: float) -> str:
    """A share in percent.

    >>> share(7.5), share(0.9956)
    ('750 %', '99.6 %')
    """
    return f"{number(value * 100)} %"
