"""What instances asked the controller to keep for their successors."""

from __future__ import annotations

from swarmdsl.control.store import Store
from swarmdsl.daemon.reports import Recollection, Report, SnapshotTaken
from swarmdsl.wire.codec import decode_blob, encode_blob

SNAPSHOT = "snapshot"


class Recollections:
    """Keeps the newest of each kind for each instance.

    Args:
        store: takes them; the caller has a batch open.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def reported(self, report: Report) -> None:
        """Keep what a report is about, if it is about such a thing."""
        if isinstance(report, SnapshotTaken):
            self._store.keep_memory(report.instance, SNAPSHOT, encode_blob(report))

    def of(self, instance: str) -> Recollection:
        """What the former processes of an instance have left to the next."""
        kept = self._store.memory(instance, SNAPSHOT)
        if kept is None:
            return Recollection()
        snapshot = decode_blob(kept, SnapshotTaken)
        return Recollection(snapshot.value, snapshot.covered)
