"""Which values a limit may have: one answer for the compiler and for documents written by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import NamedTuple

from swarmdsl.topology.model import Limits

LIMITS: Mapping[str, int | float] = asdict(Limits())  # their defaults, by name
# Zero: not at all.
FROM_ZERO = {
    "restarts",
    "controller_grace_s",
    "statistics_every_s",
    "steal_after_s",
    "arena_bytes",
}
AT_MOST = {"push_bytes": 900_000_000}  # a frame takes more, but the store of a run hardly does
LINGER_S_MAX = 1.0  # who has longer wants to push less often
LARGEST = 2**53  # a whole number up to here is the same in every reader of JSON


class WrongLimit(NamedTuple):
    """A limit with a value that it cannot have."""

    name: str
    value: object
    expected: str


def wrong_limits(given: Mapping[str, object]) -> Iterator[WrongLimit]:
    """Every value that is not of its limit; names that are no limits are passed over.

    >>> [one.name for one in wrong_limits({"inbox_messages": 0, "call_timeout_s": 5})]
    ['inbox_messages']
    """
    for name, value in given.items():
        if name not in LIMITS:
            continue
        zero = name in FROM_ZERO
        if zero and type(value) in {int, type(LIMITS[name])} and value == 0:
            continue
        if isinstance(LIMITS[name], int):
            most = AT_MOST.get(name, LARGEST)
            if type(value) is not int or not 1 <= value <= most:
                least, named = 0 if zero else 1, "2**53" if most == LARGEST else f"{most:,}"
                yield WrongLimit(name, value, f"a whole number from {least} to {named}")
        elif not is_seconds(value):
            yield WrongLimit(
                name, value, f"a finite number of seconds {'from' if zero else 'above'} 0"
            )


def is_seconds(value: object) -> bool:
    """Whether a value is a time that can pass.

    >>> is_seconds(2.5), is_seconds(0), is_seconds(True), is_seconds(float("inf"))
    (True, False, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 < value <= LARGEST and math.isfinite(value)


def is_linger(value: object) -> bool:
    """Whether pushes may be held back for so many seconds; 0 says that they are not.

    >>> is_linger(0.01), is_linger(0), is_linger(2), is_linger(True)
    (True, True, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= LINGER_S_MAX
