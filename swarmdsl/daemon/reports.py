"""What a daemon tells the controller on its EVENTS channel: facts, in the past tense."""

from __future__ import annotations

import msgspec

from swarmdsl.wire.messages import CONTROL_BYTES_MAX, ChannelKey
from swarmdsl.wire.session.events import Former, Inlet

CONTROLLER = "controller"  # its name as a peer
EVENTS = ChannelKey(-1, 0, 0)  # every daemon's channel to the controller, beside the topology's
CALL_BYTES_MAX = CONTROL_BYTES_MAX - 65_536  # of a call's arguments or answer, beside some names
SNAPSHOT_BYTES_MAX = CONTROL_BYTES_MAX // 2  # it returns in a call's answer, and not alone
RECALL = "memory.recall"  # the call of a daemon that was started anew, before its first work
TOO_LONG = "{} bytes are too many for a call, which may carry {}; push large values instead"


INVOKE = "daemon.invoke"  # the call of a daemon module's method, from the controller
DESCRIBE = "daemon.describe"  # the one that asks what a daemon module takes, yields and answers
WITHDRAW = "daemon.withdraw"  # of the number of a call that is not to be begun any more
CALLS_WAITING_MAX = 64  # per daemon: of tasks that wait there are few, and people ask one by one


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of both: the method, and its arguments, each encoded by itself.

    Attributes:
        method: its name; empty to be told what there is.
        timeout_s: within which it must be begun.
        arguments: by position.
        keywords: by name.
    """

    method: str
    timeout_s: float
    arguments: list[bytes] = []
    keywords: dict[str, bytes] = {}


TAKES = "round.takes"  # the call that asks whether what is pushed on a channel has an effect


class TakesQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Its arguments: the channel, and the revision of the roster by which it is pushed to."""

    revision: int
    channel: ChannelKey


def effect_of_handler(incarnation: int, number: int) -> str:
    """The name of the n-th change that handlers of a process ask for.

    >>> effect_of_handler(1, 7)
    '1.7'
    """
    return f"{incarnation}.{number}"


def is_of_handler(effect: str) -> bool:
    """Whether a handler asked, so that only its last answer may still be wanted.

    >>> is_of_handler("1.7"), is_of_handler("7")
    (True, False)
    """
    return "." in effect


class Report(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The base of all reports."""


class WorkStarted(Report, frozen=True, gc=False, array_like=True, tag="started"):
    """An instance began its work of a round."""

    instance: str
    round: int


class WorkTaken(Report, frozen=True, gc=False, array_like=True, tag="taken"):
    """A worker began the run of an instance in the place of the busy one that hosts it."""

    instance: str
    round: int
    lender: str


class WorkReturned(Report, frozen=True, gc=False, array_like=True, tag="returned"):
    """It has done that run, and given what came of it to the worker that hosts the instance."""

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


class SourceBegun(Report, frozen=True, gc=False, array_like=True, tag="begun"):
    """A source that cannot be asked again is about to produce what it pushes in a round."""

    instance: str
    round: int


class MemoryMade(Report, frozen=True, gc=False, array_like=True, tag="memory"):
    """A daemon module that has no `snapshot` has handled pushes: told once by each process."""

    instance: str


class PositionReached(Report, frozen=True, gc=False, array_like=True, tag="position"):
    """All that a source has pushed before this position of it was confirmed.

    Attributes:
        instance: the source.
        round: that it goes on with there; the next one, if it is the end of a round.
        starts: whether it is where it starts that round.
        position: the position.
    """

    instance: str
    round: int
    starts: bool
    position: bytes


class PushesForgotten(Report, frozen=True, gc=False, array_like=True, tag="forgotten"):
    """A source was started anew; this is what its receiver knows of what the former one pushed.

    Attributes:
        instance: the source.
        incarnation: of its former process.
        link: by which it pushes to the receiver.
        destination: the receiver, by its candidate.
        lost: pushes that came, and that nobody will handle.
        unknown: pushes that may have been under way: there was credit for so many.
        at_risk: pushes that came and are used, but not confirmed yet: they die with the receiver.
    """

    instance: str
    incarnation: int
    link: int
    destination: int
    lost: int
    unknown: int
    at_risk: int


class WorkFailed(Report, frozen=True, gc=False, array_like=True, tag="failed"):
    """An instance raised, or could not be given its inputs; `at` says what it had been given."""

    instance: str
    round: int
    error: str
    problem: str
    traceback: str
    at: str = ""


class WorkRetried(Report, frozen=True, gc=False, array_like=True, tag="retried"):
    """An instance failed, and does its work once more after a wait.

    Attributes:
        instance: that failed.
        round: of the work.
        failures: of this work so far.
        attempts: how many there may be at most.
        again_in_s: the wait.
        error: the name of what it raised.
        problem: its message.
        leaves: its daemon has dropped the work, for the controller to say where it is done next.
    """

    instance: str
    round: int
    failures: int
    attempts: int
    again_in_s: float
    error: str
    problem: str
    leaves: bool = False


class LinkRefused(Report, frozen=True, gc=False, array_like=True, tag="refused"):
    """A daemon was refused by another: what it pushes there never arrives. Either may tell."""

    peer: str
    by: str
    reason: str


class Measured(Report, frozen=True, gc=False, array_like=True, tag="measured"):
    """What a daemon has measured since its process began: `stats.totals`, encoded by itself."""

    totals: bytes


class DaemonLeft(Report, frozen=True, gc=False, array_like=True, tag="left"):
    """A daemon's last words: what did not go the straight way while it lived.

    `counts` is about its sessions, `links` about its pushes, by `source -> destination`.
    """

    counts: dict[str, int]
    links: dict[str, dict[str, int]] = {}


AnyReport = (
    WorkStarted
    | WorkTaken
    | WorkReturned
    | WorkFinished
    | WorkConfirmed
    | SnapshotTaken
    | SourceBegun
    | MemoryMade
    | PositionReached
    | PushesForgotten
    | WorkFailed
    | WorkRetried
    | LinkRefused
    | Measured
    | DaemonLeft
)


AcknowledgedReport = WorkConfirmed | SnapshotTaken | SourceBegun | PositionReached
"""Those after which a daemon does something, once the controller has them on disk."""


class Recollection(msgspec.Struct, frozen=True, array_like=True):
    """What the controller kept of an instance's former processes: the answer to `RECALL`.

    Attributes:
        snapshot: the last one of a daemon module.
        covered: the pushes that it remembers.
        positions: those of a source that can be asked again, in the order of its way.
        begun: the last round that was begun by one that cannot.
    """

    snapshot: bytes | None = None
    covered: tuple[tuple[Inlet, int], ...] = ()
    positions: tuple[PositionReached, ...] = ()
    begun: int = -1


def forgotten(
    source: str, former: Former, waiting: tuple[int, int], kept_max: int | None, *, ended: bool
) -> PushesForgotten:
    """What a receiver tells of a former process of a source.

    Args:
        source: the instance.
        former: what the session knows of the channel.
        waiting: pushes in the inbox, which are dropped now, and places that they take, with ENDs.
        kept_max: how many pushes the source keeps unconfirmed at most; None if it may spill.
        ended: the round's END has come, so nothing is under way.
    """
    pushes, places = waiting
    under_way = former.credit
    if kept_max is not None:
        under_way = min(under_way, max(0, kept_max - former.unconfirmed))
    _, incarnation, channel = former.inlet
    return PushesForgotten(
        source,
        incarnation,
        channel.link,
        channel.destination,
        lost=pushes,
        unknown=0 if ended else under_way,
        at_risk=max(0, former.unconfirmed - places),
    )
