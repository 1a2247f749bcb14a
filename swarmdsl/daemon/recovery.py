"""What a daemon does so that its successor can go on where it was: beside the work, for the core.

The core asks which entries of the ledger a finished piece of work makes, and says what the
controller was told and has kept, and what time it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from swarmdsl.daemon.memory import Remembering
from swarmdsl.daemon.reports import (
    SNAPSHOT_BYTES_MAX,
    Recollection,
    Report,
    SnapshotTaken,
    WorkConfirmed,
)
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Finish, Handle, Remember, Run, Work
from swarmdsl.errors import SnapshotTooLarge
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet

Place = tuple[int, int]


class Entry(NamedTuple):
    """What a piece of work adds to the ledger."""

    consumed: Mapping[Inlet, int]
    marks: Mapping[ChannelKey, int]
    report: Report | None = None


class Recovery:
    """The instances of one daemon that remember.

    Args:
        wiring: of the daemon.
        remembering: the places of those whose modules have snapshots.
        incarnation: of the daemon; from 1 on there is something to recall.

    Attributes:
        instances: those that remember, by place.
    """

    def __init__(self, wiring: Wiring, remembering: AbstractSet[Place], incarnation: int) -> None:
        recalls = incarnation > 0
        self.instances = {
            place: Remembering(wiring.hosted[place], wiring, recalls=recalls)
            for place in sorted(remembering)
        }
        self._by_name = {one.hosted.spec.name: one for one in self.instances.values()}
        self._snapshot = b""
        self.to_recall = [*self._by_name] if recalls else []
        assert len(self.to_recall) <= 1, "each instance of a daemon module has its daemon to itself"

    def recalled(self, answer: bytes) -> list[tuple[Inlet, int, int]]:
        """The controller has told what former processes had saved.

        Returns per batch in the inbox that is remembered already the input, the position behind it
        and how many pushes it has.
        """
        recollection = decode_blob(answer, Recollection)
        return self._by_name[self.to_recall.pop()].recall(recollection)

    def snapshot(self, work: Remember, value: object) -> None:
        """Take the snapshot that a daemon module has made, as it is now.

        Raises:
            EncodeError: it cannot travel.
            SnapshotTooLarge: it is larger than what is kept.
        """
        snapshot = encode_blob(value)
        if len(snapshot) > SNAPSHOT_BYTES_MAX:
            raise SnapshotTooLarge(work.hosted.spec.name, len(snapshot), SNAPSHOT_BYTES_MAX)
        self._snapshot = snapshot

    def entries(self, work: Work, marks: Mapping[ChannelKey, int]) -> list[Entry]:
        """The entries that finished work makes, in order; `marks` is what it pushed."""
        remembering = self._by_name.get(work.hosted.spec.name)
        match work:
            case Run() | Finish():
                done = WorkConfirmed(work.hosted.spec.name, work.round)
                return [Entry(work.consumed, marks, done)]
            case Handle() if remembering is not None:
                remembering.memory.handled(work.consumed, marks, len(work.values))
                return []
            case Remember() if remembering is not None:
                marks = remembering.memory.take_marks()
                taken = remembering.memory.report(work.hosted.spec.name, self._snapshot)
                return [Entry(work.consumed, marks, taken)]
            case _:
                return [Entry(work.consumed, marks)]

    def settled(self, report: Report) -> None:
        """The controller has on disk what it was told."""
        if isinstance(report, SnapshotTaken):
            self._by_name[report.instance].memory.kept()

    def tick(self, now_s: float) -> float:
        """Let time pass; returns when something is due."""
        return min((one.memory.tick(now_s) for one in self._by_name.values()), default=math.inf)
