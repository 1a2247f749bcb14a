"""Which instances of a link's destination get a value: one way to stage it for each policy.

What is staged leaves in *portions*: a batch, and the routes that get it. A broadcast has one
portion, encoded once however many routes there are; the other policies give each route its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heapreplace
from typing import NamedTuple, Protocol

from swarmdsl.daemon.rendezvous import Rendezvous
from swarmdsl.daemon.wiring import Route
from swarmdsl.wire.batch import BatchEncoder, Judge, Keep

BATCH_BYTES = 262_144  # a frame is closed once it holds as much; a larger value travels alone

Portion = tuple[BatchEncoder, Sequence[Route]]
"""Values that leave together, and the routes that get each of them."""


class Chunk(NamedTuple):
    """What may leave together.

    Attributes:
        values: how many at most.
        value_bytes: how many bytes each of them may have.
        contents: judges what each of them holds; None if its class says all.
        keep: copies the data of arrays.
    """

    values: int
    value_bytes: int
    contents: Judge | None = None
    keep: Keep = bytes

    def batch(self) -> BatchEncoder:
        """A new batch of such values."""
        return BatchEncoder(self.value_bytes, self.contents, self.values, BATCH_BYTES, self.keep)


class Staged(Protocol):
    """The values that wait to be pushed on one link."""

    @property
    def full(self) -> bool:
        """Whether they must be flushed before more is added."""

    def add(self, value: object) -> bool:
        """Take a value as it is now; True if they must be flushed before more is added.

        Raises:
            EncodeError: it cannot travel; what was staged stays as it was.
            ValueTooLarge: it has more bytes than one may have; likewise.
            ContentsWrong: it holds something else than its type says; likewise.
        """

    def portions(self) -> Iterable[Portion]:
        """What to push now; not empty once a value was added."""


class Broadcast:
    """Every route gets every value; with the policy `pair` there is but one route.

    Attributes:
        batch: what they get.
        routes: all of them.
        lasting: whether it may be filled anew when it has left, as long as the routes stay.
    """

    def __init__(self, routes: Sequence[Route], chunk: Chunk, *, lasting: bool = False) -> None:
        self.lasting = lasting
        self.routes = routes
        self.batch = chunk.batch()
        self.add = self.batch.add  # for all routes

    @property
    def full(self) -> bool:
        """Whether its batch is."""
        return self.batch.full

    def portions(self) -> Iterable[Portion]:
        """The one batch, for all."""
        return ((self.batch, self.routes),)


class Shares:
    """The batches of values that are dealt out, one for each route that has got any."""

    def __init__(self, routes: Sequence[Route], chunk: Chunk) -> None:
        assert routes, "a task that runs has those after it in the roster"
        self.full = False
        self._routes = routes
        self._chunk = chunk
        self._bytes = 0
        self._batches: dict[int, BatchEncoder] = {}

    def staged_for(self, index: int) -> int:
        """How many values wait for a route."""
        batch = self._batches.get(index)
        return 0 if batch is None else batch.count

    def deal(self, index: int, value: object) -> bool:
        """Take a value for one route; True if a route's batch is full, or all have much."""
        batch = self._batches.get(index) or self._chunk.batch()
        before = batch.size
        self.full |= batch.add(value)
        self._batches[index] = batch
        self._bytes += batch.size - before
        self.full |= self._bytes >= BATCH_BYTES
        return self.full

    def portions(self) -> list[Portion]:
        """Each route's own batch, in the order of the routes."""
        return [(self._batches[index], (self._routes[index],)) for index in sorted(self._batches)]


class ByKey:
    """The values of one key all go to the same route."""

    def __init__(
        self,
        routes: Sequence[Route],
        chunk: Chunk,
        key_of: Callable[[object], object],
        chooser: Rendezvous,
    ) -> None:
        self._shares = Shares(routes, chunk)
        self._key_of = key_of
        self._chooser = chooser

    @property
    def full(self) -> bool:
        """Whether one route's batch is."""
        return self._shares.full

    def add(self, value: object) -> bool:
        """Take a value for the route that its key chooses.

        Raises:
            KeyMissing: the value has no such key. What a user's function raises is raised as it is.
        """
        return self._shares.deal(self._chooser.choose(self._key_of(value)), value)

    def portions(self) -> Iterable[Portion]:
        """Each route's own batch."""
        return self._shares.portions()


class InTurn:
    """Each value goes to the next route, whatever its room.

    So a source that is executed again deals as it did before, and no instance that is done with
    its share is dealt what another had.
    """

    def __init__(self, routes: Sequence[Route], chunk: Chunk, turns: Iterator[int]) -> None:
        self._shares = Shares(routes, chunk)
        self._turns = turns

    @property
    def full(self) -> bool:
        """Whether one route's batch is."""
        return self._shares.full

    def add(self, value: object) -> bool:
        """Take a value for the route whose turn it is."""
        return self._shares.deal(next(self._turns), value)

    def portions(self) -> Iterable[Portion]:
        """Each route's own batch."""
        return self._shares.portions()


class Balanced:
    """Each value goes to the route with the most room, counting what is staged for it already.

    Without room anywhere one value waits undecided, and goes to whoever has room first. Credit that
    comes between two flushes counts from the next one on.

    Args:
        routes: ties go to the first of them.
        chunk: of each route.
        room_of: how many pushes a route takes now.
    """

    def __init__(
        self, routes: Sequence[Route], chunk: Chunk, room_of: Callable[[Route], int]
    ) -> None:
        self._shares = Shares(routes, chunk)
        self._routes = routes
        self._room_of = room_of
        self._chunk = chunk
        self._used = [(-room_of(route), index) for index, route in enumerate(routes)]
        heapify(self._used)
        self._undecided: BatchEncoder | None = None

    @property
    def full(self) -> bool:
        """Whether one route's batch is, or no route has room left."""
        return self._undecided is not None or self._shares.full

    def add(self, value: object) -> bool:
        """Take a value for the route that has the most room now."""
        used, index = self._used[0]
        if used < 0:
            full = self._shares.deal(index, value)
            heapreplace(self._used, (used + 1, index))
            return full
        undecided = self._chunk.batch()
        undecided.add(value)
        self._undecided = undecided
        return True

    def portions(self) -> Iterable[Portion]:
        """Each route's own batch; what was undecided goes to who has the most room by now."""
        portions = self._shares.portions()
        if self._undecided is not None:
            portions.append((self._undecided, (self._most_room(),)))
        return portions

    def _most_room(self) -> Route:
        rooms = [
            self._room_of(route) - self._shares.staged_for(index)
            for index, route in enumerate(self._routes)
        ]
        return self._routes[rooms.index(max(rooms))]
