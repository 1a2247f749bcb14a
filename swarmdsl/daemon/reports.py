"""What a daemon tells the controller on its EVENTS channel: facts, in the past tense."""

from __future__ import annotations

import msgspec

from swarmdsl.wire.messages import CONTROL_BYTES_MAX, ChannelKey
from swarmdsl.wire.session.events import Inlet

CONTROLLER = "controller"  # its name as a peer
EVENTS = ChannelKey(-1, 0, 0)  # every daemon's channel to the controller, beside the topology's
CALL_BYTES_MAX = CONTROL_BYTES_MAX - 65_536  # of a call's arguments or answer, beside some names
SNAPSHOT_BYTES_MAX = CONTROL_BYTES_MAX // 2  # it returns in a call's answer, and not alone
RECALL = "memory.recall"  # the call of a daemon that was started anew, before its first work
TOO_LONG = "{} bytes are too many for a call, which may carry {}; push large values instead"


class Report(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The base of all reports."""


class WorkStarted(Report, frozen=True, gc=False, array_like=True, tag="started"):
    """An instance began its work of a round."""

    instance: str
    round: int


class WorkFinished(Report, frozen=True, gc=False, array_like=True, tag="finished"):
    """An instance has finished its work of a round and pushed all that came of it."""

    instance: str
    round: int
    seconds: float
    pushed: int


class WorkConfirmed(Report, frozen=True, gc=False, array_like=True, tag="confirmed"):
    """All that an instance pushed in a round was confirmed: the daemon's death costs none of it."""

    instance: str
    round: int


class SnapshotTaken(Report, frozen=True, gc=False, array_like=True, tag="snapshot"):
    """What a daemon module remembers, once all that came of it has been confirmed.

    Attributes:
        instance: whose.
        number: of the snapshot, within its process.
        value: the snapshot.
        covered: per input, the position behind the last push that it remembers.
    """

    instance: str
    number: int
    value: bytes
    covered: tuple[tuple[Inlet, int], ...]


class WorkFailed(Report, frozen=True, gc=False, array_like=True, tag="failed"):
    """An instance raised, or could not be given its inputs."""

    instance: str
    round: int
    error: str
    problem: str
    traceback: str


class LinkRefused(Report, frozen=True, gc=False, array_like=True, tag="refused"):
    """A peer will have nothing to do with the daemon: what is pushed to it never arrives."""

    peer: str
    reason: str


class DaemonLeft(Report, frozen=True, gc=False, array_like=True, tag="left"):
    """A daemon's last words: what did not go the straight way while it lived."""

    counts: dict[str, int]


AnyReport = (
    WorkStarted
    | WorkFinished
    | WorkConfirmed
    | SnapshotTaken
    | WorkFailed
    | LinkRefused
    | DaemonLeft
)


AcknowledgedReport = WorkConfirmed | SnapshotTaken
"""Those after which a daemon confirms something, once the controller has them on disk."""


class Recollection(msgspec.Struct, frozen=True, array_like=True):
    """What the controller kept of an instance's former processes: the answer to `RECALL`."""

    snapshot: bytes | None = None
    covered: tuple[tuple[Inlet, int], ...] = ()
