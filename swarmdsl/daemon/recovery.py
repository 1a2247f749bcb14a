"""What a daemon does so that its successor can go on where it was: beside the work, for the core.

The core asks which entries of the ledger a finished piece of work makes, and says what the
controller was told and has kept, and what time it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

import msgspec

from swarmdsl.daemon.instance import NO_METHODS, Methods
from swarmdsl.daemon.memory import Remembering
from swarmdsl.daemon.reports import (
    SNAPSHOT_BYTES_MAX,
    MemoryMade,
    PositionReached,
    Recollection,
    Report,
    SnapshotTaken,
    SourceBegun,
    WorkConfirmed,
)
from swarmdsl.daemon.source import Producing
from swarmdsl.daemon.ticking import Ticking
from swarmdsl.daemon.wiring import Hosted, Place, Wiring
from swarmdsl.daemon.work import Finish, Handle, Invoke, Produce, Remember, Run, Work
from swarmdsl.errors import SnapshotTooLarge
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet


class Trait(Enum):
    """What a daemon module can do besides handling pushes."""

    REMEMBERS = "it has snapshot and restore"
    PRODUCES = "it is a source"
    REPLAYS = "it is a source that has position and seek"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What a piece of work adds to the ledger."""

    consumed: Mapping[Inlet, int]
    marks: Mapping[ChannelKey, int]
    report: Report | None = None


class Recovery:
    """The instances of one daemon that remember, and its sources.

    Args:
        wiring: of the daemon.
        traits: of the hosted instances that have one, by place.
        incarnation: of the daemon; from 1 on there is something to recall.
        methods: of the hosted instances that have some which are called without a push.

    Attributes:
        remembering: the instances that have snapshots, by place.
        sources: those that produce, by place: what they have to tell depends on the time.
        made: what there is to tell the controller beside.
        to_recall: the name of the instance that must ask for what was kept, if there is one.
    """

    def __init__(
        self,
        wiring: Wiring,
        traits: Mapping[Place, Trait],
        incarnation: int,
        methods: Mapping[Place, Methods] = MappingProxyType({}),
    ) -> None:
        recalls = incarnation > 0
        hosted = wiring.hosted
        self.remembering = {
            place: Remembering(
                hosted[place], wiring, methods.get(place, NO_METHODS), recalls=recalls
            )
            for place, trait in traits.items()
            if trait is Trait.REMEMBERS
        }
        self.sources = {
            place: _source(hosted[place], wiring, methods.get(place), recalls, trait)
            for place, trait in traits.items()
            if trait is not Trait.REMEMBERS
        }
        self._memories = {one.hosted.spec.name: one for one in self.remembering.values()}
        self._sources = {one.hosted.spec.name: one for one in self.sources.values()}
        kinds = {module.name: module.kind for module in wiring.topology.modules}
        tasks = {task.alias: task for task in wiring.topology.tasks}
        self._forgetful = {  # until the controller is told
            one.spec.name
            for place, one in hosted.items()
            if place not in traits and kinds[tasks[one.spec.alias].module] == "daemon"
        }
        self.made: list[Report] = []
        self._snapshot = b""
        self._now_s = 0.0
        self.to_recall = [*self._memories, *self._sources] if recalls else []
        assert len(self.to_recall) <= 1, "each instance of a daemon module has its daemon to itself"

    def instance(self, place: Place) -> Remembering | Producing | None:
        """The instance at a place, if it remembers or produces."""
        return self.remembering.get(place) or self.sources.get(place)

    def await_recall(self, name: str) -> bool:
        """An instance is not to begin before it knows what is kept; False if nothing ever is."""
        instance = self._memories.get(name) or self._sources.get(name)
        if instance is None or not instance.saves:
            return False
        instance.await_recall()
        return True

    def recalled(self, name: str, answer: bytes) -> list[tuple[Inlet, int, int]]:
        """The controller has told what was saved for an instance by those before it.

        Returns per batch in the inbox that is remembered already the input, the position behind it
        and how many pushes it has.
        """
        instance = self._memories.get(name) or self._sources[name]
        return instance.recall(decode_blob(answer, Recollection))

    def snapshot(self, work: Remember, value: object) -> None:
        """Take the snapshot that a daemon module has made, as it is now.

        Raises:
            EncodeError: it cannot travel.
            SnapshotTooLarge: it is larger than what is kept.
        """
        self._snapshot = _encoded(work, value, "snapshot")

    def replays(self, work: Produce | Invoke) -> bool:
        """Whether it is the work of a source that can be asked again."""
        source = self._sources.get(work.hosted.spec.name)
        return source is not None and source.replays

    def position(
        self, work: Produce | Invoke, value: object, marks: Mapping[ChannelKey, int]
    ) -> None:
        """A source stands here, having pushed up to these marks.

        Raises:
            EncodeError: the position cannot travel.
            SnapshotTooLarge: it is larger than what is kept.
        """
        source = self._sources[work.hosted.spec.name]
        source.stand(_encoded(work, value, "position"), marks)

    def entries(self, work: Work, marks: Mapping[ChannelKey, int]) -> list[Entry]:
        """The entries that finished work makes, in order; `marks` is what it pushed."""
        name = work.hosted.spec.name
        remembering = self._memories.get(name)
        if isinstance(work, Handle) and name in self._forgetful:
            self._forgetful.discard(name)
            self.made.append(MemoryMade(name))
        match work:
            case Run() | Finish() | Produce():
                done = Entry(work.consumed, marks, WorkConfirmed(name, work.round))
                return [*self._last_position(work, marks), done]
            case Handle() if remembering is not None:
                for part in work.parts:
                    consumed = {part.inlet: work.consumed[part.inlet]}
                    remembering.memory.handled(consumed, marks, part.count)
                return []
            case Invoke() if remembering is not None:
                remembering.memory.handled({}, marks, 0)
                return []
            case Remember() if remembering is not None:
                marks = remembering.memory.take_marks()
                return [
                    Entry(work.consumed, marks, remembering.memory.report(name, self._snapshot))
                ]
            case _:
                return [Entry(work.consumed, marks)]

    def _last_position(self, work: Work, marks: Mapping[ChannelKey, int]) -> list[Entry]:
        """Where a source stands when its round has ended: told before the end is."""
        source = self._sources.get(work.hosted.spec.name)
        newest = None if source is None else source.positions.newest
        if newest is None or not isinstance(work, Produce | Finish):
            return []
        start = PositionReached(work.hosted.spec.name, work.round + 1, starts=True, position=newest)
        return [Entry({}, marks, start)]

    def confirmed(self, channel: ChannelKey, upto: int) -> None:
        """What was pushed on a channel is confirmed up to there, or nobody waits for it."""
        for source in self._sources.values():
            source.positions.confirm(channel, upto)
        for remembering in self._memories.values():
            remembering.memory.confirmed(channel, upto)

    def move(self, channel: ChannelKey, other: ChannelKey, offset: int) -> None:
        """What was pushed on one channel will be confirmed on another, at other positions."""
        for source in self._sources.values():
            source.positions.move(channel, other, offset)
        for remembering in self._memories.values():
            remembering.memory.move(channel, other, offset)

    def settled(self, report: Report) -> None:
        """The controller has on disk what it was told."""
        match report:
            case SnapshotTaken():
                self._memories[report.instance].memory.kept()
            case SourceBegun():
                self._sources[report.instance].begun(report.round)

    def take_reports(self) -> list[Report]:
        """What the controller is to be told now, beside what the ledger has for it."""
        made, self.made = self.made, []
        if self._sources:
            for source in self._sources.values():
                made += source.take_reports(self._now_s)
        return made

    def tick(self, now_s: float) -> float:
        """Let time pass; returns when something is due."""
        self._now_s = now_s
        due_s = math.inf
        for memory in self._memories.values():
            due_s = min(due_s, memory.memory.tick(now_s))
        for source in self._sources.values():
            due_s = min(due_s, source.due_s())
        return due_s


def _source(
    hosted: Hosted, wiring: Wiring, methods: Methods | None, recalls: bool, trait: Trait
) -> Producing:
    replays = trait is Trait.REPLAYS
    if methods is None:
        return Producing(hosted, wiring, recalls=recalls, replays=replays)
    return Ticking(hosted, wiring, methods, recalls=recalls, replays=replays)


def _encoded(work: Work, value: object, what: str) -> bytes:
    blob = encode_blob(value)
    if len(blob) > SNAPSHOT_BYTES_MAX:
        raise SnapshotTooLarge(work.hosted.spec.name, len(blob), SNAPSHOT_BYTES_MAX, what)
    return blob
