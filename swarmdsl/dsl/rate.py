"""How fast a source yields."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """What one instance of a source pushes, as `Task(..., rate=Rate(7.5, burst=15))`.

    The compiler weighs it against `service_time=` of the tasks that come after; nothing is slowed
    down or driven by it. Values are recorded as they are given: the compiler checks them.

    Args:
        per_second: pushes per second, in the long run.
        burst: the most that it pushes at once.
        lasts: for how many seconds it pushes in a round; None if that is not known.

    >>> from swarmdsl import Rate
    >>> Rate(7.5, burst=15).lasts is None
    True
    """

    per_second: float
    burst: int = 1
    lasts: float | None = None
