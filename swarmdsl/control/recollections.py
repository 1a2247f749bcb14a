"""What instances asked the controller to keep for their successors."""

from __future__ import annotations

from msgspec.structs import replace

from swarmdsl.control.store import Store
from swarmdsl.daemon.reports import PositionReached, Recollection, Report, SnapshotTaken
from swarmdsl.wire.codec import decode_blob, encode_blob

SNAPSHOT = "snapshot"
START = "start"
POSITION = "position"
KINDS = {SNAPSHOT: SnapshotTaken, START: PositionReached, POSITION: PositionReached}
BEFORE_ALL = (-1, 0)  # the version that is older than what any process says


class Recollections:
    """Keeps the newest of each kind for each instance.

    Args:
        store: takes them; the caller has a batch open.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def reported(self, incarnation: int, report: Report) -> None:
        """Keep what a report is about, if it is about such a thing.

        Reports may be said once more, to a controller that is new: an older one changes nothing.
        """
        match report:
            case SnapshotTaken(instance=instance, number=number):
                version = (incarnation, number)
                self._store.keep_memory(instance, SNAPSHOT, version, encode_blob(report))
            case PositionReached(instance=instance, round=number, starts=starts):
                kind, version = START if starts else POSITION, (incarnation, number)
                self._store.keep_memory(instance, kind, version, encode_blob(report))

    def bequeath(self, instance: str, heir: str) -> None:
        """What an instance had saved is its heir's, in the place of all that this one had.

        Nothing that the heir is pushed is covered by the snapshot: it comes on channels of its own.
        """
        for kind, model in KINDS.items():
            self._store.forget_memory(heir, kind)
            kept = self._store.memory(instance, kind)
            if kept is not None:
                left = replace(decode_blob(kept, model), instance=heir)
                if isinstance(left, SnapshotTaken):
                    left = replace(left, covered=())
                self._store.keep_memory(heir, kind, BEFORE_ALL, encode_blob(left))

    def of(self, instance: str, begun: int) -> Recollection:
        """What the former processes of an instance have left to the next.

        Args:
            instance: its name.
            begun: the last round that it has begun, if it is a source that cannot be asked again.
        """
        positions = self._positions(instance)
        kept = self._store.memory(instance, SNAPSHOT)
        if kept is None:
            return Recollection(positions=positions, begun=begun)
        snapshot = decode_blob(kept, SnapshotTaken)
        return Recollection(snapshot.value, snapshot.covered, positions, begun)

    def _positions(self, instance: str) -> tuple[PositionReached, ...]:
        """In the order of the source's way: the start of a round lies before all else in it."""
        kept = (self._store.memory(instance, kind) for kind in (START, POSITION))
        found = [decode_blob(one, PositionReached) for one in kept if one is not None]
        return tuple(sorted(found, key=lambda one: (one.round, not one.starts)))
