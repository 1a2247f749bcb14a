"""Counts, sizes and short durations as people read them: three digits, and a unit."""

from __future__ import annotations

_DURATIONS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
_COUNTS = ((1e9, "G"), (1e6, "M"), (1e4, "k"))
_BYTES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def shown_duration(seconds: float) -> str:
    """A duration in the largest unit that it has one of.

    >>> [shown_duration(one) for one in (0.0, 1.27e-7, 4.2e-5, 0.0123, 1.5, 93.0)]
    ['0 s', '127 ns', '42.0 us', '12.3 ms', '1.50 s', '93.0 s']
    """
    for unit_s, unit in _DURATIONS:
        if seconds >= unit_s:
            return f"{_digits(seconds / unit_s)} {unit}"
    return "0 s"


def shown_count(count: float) -> str:
    """A count, or a rate: whole up to ten thousand.

    >>> [shown_count(one) for one in (0, 0.25, 7, 9_999, 12_345, 904_675, 3_200_000)]
    ['0', '0.25', '7', '9999', '12.3 k', '905 k', '3.20 M']
    """
    for unit, name in _COUNTS:
        if count >= unit:
            scaled = count / (1e3 if name == "k" else unit)
            return f"{_digits(scaled)} {name}"
    return f"{count:.2f}".rstrip("0").rstrip(".") if count < 10 else f"{count:.0f}"


def shown_bytes(size: int) -> str:
    """A size.

    >>> [shown_bytes(one) for one in (0, 900, 6_069_132, 3 << 30)]
    ['0 B', '900 B', '5.79 MiB', '3.00 GiB']
    """
    for unit, name in _BYTES:
        if size >= unit:
            return f"{_digits(size / unit)} {name}"
    return f"{size} B"


def _digits(number: float) -> str:
    """Three digits."""
    if number < 9.995:
        return f"{number:.2f}"
    return f"{number:.1f}" if number < 99.95 else f"{number:.0f}"
