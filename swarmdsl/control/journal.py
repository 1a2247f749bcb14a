"""What the controller must remember to go on after its own death, one record after another.

A record is written in the same commit as what it tells of. `RoundDecided` with revision 0 is a
point of rest: all that was written before it may be forgotten.
"""

from __future__ import annotations

import msgspec


class JournalRecord(msgspec.Struct, frozen=True, array_like=True):
    """The base of all records."""


class RoundDecided(JournalRecord, frozen=True, array_like=True, tag="round"):
    """A round has begun, or its roster has grown.

    Attributes:
        round: its number.
        revision: 0, one more each time that the roster has grown.
        members: per task the chosen candidates, by position.
        earlier: the last choice of every task.
        forgetful: the instances, as (task, candidate), that have lost the inputs they had kept.
        incarnations: of every daemon that was started anew.
        gone: the daemons that are not started anew any more.
        first: the members that the round began with, in the order of those in their places now.
        strangers: the daemons that were started anew, and have not connected since.
        missing: the instances that the run goes on without, as (task, candidate), each with the
            first round that it is missing from.
        awaited: the daemons among those that are gone which have never been there: their nodes are
            expected.
        late: the daemons that came, or came back, after the run had begun; the last of them last.
        pinned: per task that is `fixed`, the candidates of its first round, whoever was missing.
        missed: the instances that were missing and are no more, as (task, candidate), each with
            how many rounds it missed, and the last of these.
        heirs: the instances that joined this round in the place of one that is gone, as (task,
            candidate), each with the candidate that it follows.
        orders: per task whose candidates stand otherwise than in the topology, how they stand.
    """

    round: int
    revision: int
    members: dict[int, list[int]]
    earlier: dict[int, list[int]]
    forgetful: list[tuple[int, int]]
    incarnations: dict[str, int]
    gone: list[str]
    first: dict[int, list[int]] = {}
    strangers: list[str] = []
    missing: list[tuple[int, int, int]] = []
    awaited: list[str] = []
    late: list[str] = []
    pinned: dict[int, list[int]] = {}
    missed: list[tuple[int, int, int, int]] = []
    heirs: list[tuple[int, int, int]] = []
    orders: dict[int, list[int]] = {}


class InstanceDone(JournalRecord, frozen=True, array_like=True, tag="done"):
    """An instance is done with the round."""

    task: int
    candidate: int


class AttemptFailed(JournalRecord, frozen=True, array_like=True, tag="attempt"):
    """An attempt at a task's part of the round has failed, and the next is made elsewhere.

    Attributes:
        task: by position.
        candidate: that has failed.
        failures: of the task in the round so far.
        problem: what it raised.
    """

    task: int
    candidate: int
    failures: int
    problem: str


class TimeExceeded(JournalRecord, frozen=True, array_like=True, tag="late"):
    """An instance was ended with its process, as its time was up; it is done again there."""

    task: int
    candidate: int


class RunFed(JournalRecord, frozen=True, array_like=True, tag="fed"):
    """All that a channel carries to the run in the round has come."""

    link: int
    source: int


class RoundRequested(JournalRecord, frozen=True, array_like=True, tag="request"):
    """A task asked for another round."""

    tasks: tuple[int, ...]
    nodes: tuple[str, ...] | None


class StopAsked(JournalRecord, frozen=True, array_like=True, tag="stop"):
    """A task asked for no further round."""


class CandidatesOrdered(JournalRecord, frozen=True, array_like=True, tag="order"):
    """Tasks take their candidates in another order from now on, and nobody is late any more.

    Attributes:
        orders: per task, by position, its candidates, the best first.
    """

    orders: dict[int, list[int]]


class DaemonRestarted(JournalRecord, frozen=True, array_like=True, tag="restart"):
    """The next incarnation of a daemon is started."""

    daemon: str
    incarnation: int


class DaemonMet(JournalRecord, frozen=True, array_like=True, tag="met"):
    """A daemon that was started anew has connected."""

    daemon: str


class RoundBegun(JournalRecord, frozen=True, array_like=True, tag="begun"):
    """A source that cannot be asked again has begun the round."""

    instance: str


class MemoryBegun(JournalRecord, frozen=True, array_like=True, tag="memory"):
    """A daemon module without `snapshot` has handled pushes in its present process."""

    instance: str


AnyRecord = (
    RoundDecided
    | InstanceDone
    | AttemptFailed
    | TimeExceeded
    | RunFed
    | RoundRequested
    | StopAsked
    | CandidatesOrdered
    | DaemonRestarted
    | DaemonMet
    | RoundBegun
    | MemoryBegun
)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyRecord] = msgspec.msgpack.Decoder(AnyRecord)


def encode_record(record: AnyRecord) -> bytes:
    """A record as it is written.

    >>> decode_record(encode_record(InstanceDone(task=2, candidate=0)))
    InstanceDone(task=2, candidate=0)
    """
    return _encoder.encode(record)


def decode_record(data: bytes) -> AnyRecord:
    """A record as it was written.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return _decoder.decode(data)
