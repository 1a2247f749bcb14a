"""The time, as the shells of a run are handed it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The two clocks that the controller reads.

    Attributes:
        monotonic_s: for limits; only moves forward.
        wall_s: for the record; seconds since the epoch.
    """

    monotonic_s: Callable[[], float]
    wall_s: Callable[[], float]
