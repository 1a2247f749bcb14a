"""What the work at hand pushes, held back until it has succeeded, or done elsewhere before."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from swarmdsl.daemon.wiring import Route
from swarmdsl.daemon.work import Borrowed, Completed, Run, Work
from swarmdsl.topology.model import Limits
from swarmdsl.wire.batch import BatchEncoder
from swarmdsl.wire.codec import Payload


@dataclass(frozen=True, slots=True)
class Sealed:
    """Values that another worker has encoded: a batch that takes no more.

    Attributes:
        sealed: the values, as one payload.
        count: of the values.
    """

    sealed: Payload
    count: int

    @property
    def size(self) -> int:
        """Bytes of the values."""
        return self.sealed.size

    def payload(self) -> Payload:
        """The values, as one payload."""
        return self.sealed


class Parcel(msgspec.Struct, frozen=True, gc=False):
    """Values that leave together on a link, and the routes that get each of them."""

    link: int
    batch: BatchEncoder | Sealed
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


class Collected(Held):
    """What comes of a borrowed run: it never leaves this way, but goes to the lender.

    Only functions that give one value are lent, and that has its own bound.
    """

    def keep(self, parcels: Iterable[Parcel]) -> None:
        """Hold these too."""
        self.parcels.extend(parcels)

    def let_go(self) -> None:
        """The work has succeeded; the lender pushes what came of it."""


def held_for(work: Work, routes: Mapping[int, Sequence[Route]], limits: Limits) -> Held | None:
    """What holds the values of this work; None if they leave as they come."""
    match work:
        case Borrowed():
            return Collected(limits)
        case Completed(parcels=parcels):
            done = Held(limits)
            done.let_go()
            done.parcels.extend(
                Parcel(link, Sealed(payload, count), routes[link])
                for link, payload, count in parcels
            )
            return done
        case Run() if work.hosted.task.retries_elsewhere:
            return Held(limits)
        case _:
            return None
