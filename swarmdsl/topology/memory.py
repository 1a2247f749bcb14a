"""Amounts of memory: from what people write to bytes, and back."""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil

MEMORY_MAX = 2**63 - 1  # bytes: the largest whole number that TOML can say
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)")
_UNITS = {"": 1, "B": 1}
_UNITS |= {f"{one}{b}": 1000**n for n, one in enumerate("kMGTP", 1) for b in ("", "B")}
_UNITS |= {f"{one}i{b}": 1024**n for n, one in enumerate("KMGTP", 1) for b in ("", "B")}
UNITS_IN_WORDS = (
    "a number of bytes, or a text with a unit: KiB, MiB, GiB, TiB, PiB (of 1024, the B may be left "
    "out), or kB, MB, GB, TB, PB (of 1000)"
)


def memory_of(written: int | str) -> int:
    """The bytes that an amount of memory stands for; a fraction of a byte counts as a whole one.

    Raises:
        ValueError: it is no such amount.

    >>> memory_of("4Gi") == memory_of("4 GiB") == memory_of(4 * 1024**3)
    True
    >>> memory_of("1.5kB"), memory_of("512MB")
    (1500, 512000000)
    """
    if isinstance(written, int):
        amount = written
    else:
        found = _AMOUNT.fullmatch(written)
        if found is None or found[2] not in _UNITS:
            raise ValueError(f"{written!r} is no amount of memory: give {UNITS_IN_WORDS}")
        amount = ceil(Fraction(found[1]) * _UNITS[found[2]])
    if isinstance(written, bool) or not 0 <= amount <= MEMORY_MAX:
        raise ValueError(f"{written!r} is no amount of memory: give {UNITS_IN_WORDS}")
    return amount


def memory_text(amount: int) -> str:
    """An amount of memory for people: exact, in the largest unit that it is a multiple of.

    >>> memory_text(4 * 1024**3), memory_text(1536 * 1024**2), memory_text(64 * 10**9)
    ('4GiB', '1536MiB', '64GB')
    """
    exact = [unit for unit in _UNITS if unit.endswith("B") and amount % _UNITS[unit] == 0]
    unit = max(exact, key=_UNITS.__getitem__) if amount else "B"
    return f"{amount // _UNITS[unit]}{unit}"
