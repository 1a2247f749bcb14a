"""Strangers at the controller's door: told once when the first comes, and counted at the end."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.control.happenings import Happening, IrregularitiesCounted, StrangerRefused
from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.transport.base import Strangers


class StrangersSeen:
    """Whether they have been told of. Pure.

    >>> seen = StrangersSeen()
    >>> [len(list(seen.seen(Strangers(number, "10.0.0.9")))) for number in (0, 1, 2)]
    [0, 1, 0]
    """

    def __init__(self) -> None:
        self._told = False

    def seen(self, strangers: Strangers) -> Iterator[Happening]:
        """What there is to tell of the strangers so far."""
        if strangers.refused and not self._told:
            self._told = True
            yield StrangerRefused(text=strangers.sentence)

    def counted(self, strangers: Strangers) -> Iterator[Happening]:
        """What there is to tell of all strangers, when no more are let in."""
        if strangers.refused:
            counts = {"strangers_refused": strangers.refused}
            yield IrregularitiesCounted(daemon=CONTROLLER, counts=counts)
