"""What the work at hand pushes, held back until it has succeeded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from swarmdsl.daemon.wiring import Route
from swarmdsl.topology.model import Limits
from swarmdsl.wire.batch import BatchEncoder


class Parcel(NamedTuple):
    """Values that leave together on a link, and the routes that get each of them."""

    link: int
    batch: BatchEncoder
    routes: Sequence[Route]


class Held:
    """Parcels that wait for the success of the work which they came of.

    Work that is done elsewhere after a failure must not have been seen by others. It is held back
    in memory, as much as one channel may keep there: what is beyond lets go of everything, and work
    that has begun to push is done again where it was.

    Args:
        limits: of the swarm; `unconfirmed_bytes` bounds it.

    Attributes:
        holds: whether more is held back.
        parcels: in the order in which they are to leave.

    >>> held = Held(Limits())
    >>> held.keep([]), held.holds, held.let_go(), held.holds
    (None, True, None, False)
    """

    def __init__(self, limits: Limits) -> None:
        self.holds = True
        self.parcels: deque[Parcel] = deque()
        self._bytes_max = limits.unconfirmed_bytes
        self._bytes = 0

    def keep(self, parcels: Iterable[Parcel]) -> None:
        """Hold these back too, unless it becomes too much."""
        for parcel in parcels:
            self.parcels.append(parcel)
            self._bytes += parcel.batch.size
        self.holds = self.holds and self._bytes <= self._bytes_max

    def let_go(self) -> None:
        """The work has succeeded."""
        self.holds = False
