"""Which daemons a controller that took over still waits for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from swarmdsl.control.happenings import RunTakenOver
from swarmdsl.control.orders import Orders


class Comeback:
    """Says once that all daemons that had no process are there again, or who is not in time.

    Who lives is not waited for: a daemon that says nothing may be in a handler for hours.

    Args:
        orders: takes what is told.
    """

    def __init__(self, orders: Orders) -> None:
        self._awaited: set[str] | None = None  # None: nobody took over, or it has been told
        self._orders = orders

    def begin(self, awaited: Iterable[str]) -> None:
        """A controller took over, and these have to come."""
        self._awaited = set(awaited)

    def settled(self, daemons: Collection[str]) -> None:
        """These are there, or nobody waits for them any more."""
        if self._awaited is None:
            return
        self._awaited.difference_update(daemons)
        if not self._awaited:
            self._tell()

    def timed_out(self) -> None:
        """They have had their time."""
        if self._awaited is not None:
            self._tell()

    def _tell(self) -> None:
        self._orders.tell(RunTakenOver(absent=tuple(sorted(self._awaited or ()))))
        self._awaited = None
