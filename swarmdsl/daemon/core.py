"""The daemon's core: frames in, work and instructions out. No clock, no socket, no thread.

The shell feeds it what the transport received and what became of the work; it answers with
instructions. Work is *pulled* (`next_work`) rather than emitted, because a push counts as taken
from the inbox — and its credit returns — only when somebody is ready to do it (rule 24).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarmdsl.daemon.instance import Gathering, Instance, Streaming
from swarmdsl.daemon.ledger import Ledger
from swarmdsl.daemon.outputs import Outputs
from swarmdsl.daemon.reports import (
    CONTROLLER,
    EVENTS,
    DaemonLeft,
    LinkRefused,
    Report,
    WorkConfirmed,
    WorkFailed,
    WorkFinished,
    WorkStarted,
)
from swarmdsl.daemon.tally import tally
from swarmdsl.daemon.trace import message_of
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Answered, Dial, Finish, Handle, Instruction, Leave, Run, Send, Work
from swarmdsl.errors import DecodeError, ScriptRaised
from swarmdsl.topology.model import Topology
from swarmdsl.wire.codec import Decoder, encode_values
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import AnyMessage, Call, ChannelKey, Reply, RoundStart, Stop
from swarmdsl.wire.session.events import (
    Confirmed,
    Delivered,
    Ended,
    PeerLeft,
    Refused,
    Said,
    SessionEvent,
)
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.retention import Shelf
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.session.terms import Terms

REPORTS_MAX = 1_000_000  # that wait for the controller's credit: beyond all work in flight


class DaemonCore:
    """Everything a daemon decides.

    Args:
        topology: of the run.
        identity: who this daemon is.
        controller: the controller's address.
        decoders: per link into a hosted instance, what decodes its pushes.
        annotations: per link out of a hosted instance, the type that it carries.
        shelf: takes what must be kept of a gather that is too large for memory. Without one, a push
            beyond the bound waits.
    """

    def __init__(
        self,
        topology: Topology,
        identity: Identity,
        controller: str,
        decoders: Mapping[int, Decoder],
        annotations: Mapping[int, Any],
        shelf: Shelf | None = None,
    ) -> None:
        self.wiring = Wiring(topology, identity.peer)
        terms = Terms(topology.limits, shelf, self.wiring.gathered(), topology.links)
        self.switchboard = Switchboard(identity, terms=terms)
        self._decoders = decoders
        self._ledger = Ledger()
        self._instances = {
            place: (Streaming if hosted.module.kind == "daemon" else Gathering)(hosted, self.wiring)
            for place, hosted in self.wiring.hosted.items()
        }
        self._outputs = Outputs(self.wiring, self.switchboard, annotations)
        self._instructions: list[Instruction] = []
        self._reports: list[Report] = []
        self._peer_of: dict[ChannelKey, str] = {}
        self._addresses: dict[str, str] = {CONTROLLER: controller}
        self._dialled: set[str] = set()
        self._started: set[tuple[str, int]] = set()
        self._calls = 0
        self.leaving: str | None = None
        self._dial(CONTROLLER)

    def drain(self) -> list[Instruction]:
        """The instructions since the last call, to be carried out in order."""
        self._flush_reports()
        sends = (Send(out.connection, out.frames) for out in self.switchboard.take_outgoing())
        instructions, self._instructions = self._instructions, []
        return [*instructions, *sends]

    def dialled(self, peer: str, connection: int) -> None:
        """The shell carried out `Dial`."""
        self.switchboard.dialled(peer, connection)

    def receive(self, connection: int, frames: Frames) -> None:
        """A message arrived."""
        for event in self.switchboard.receive(connection, frames):
            self._on_event(event)

    def _on_event(self, event: SessionEvent) -> None:
        match event:
            case Delivered():
                self._deliver(event)
            case Ended():
                self._end(event)
            case Confirmed():
                self._confirm(self._ledger.confirm(event.channel, event.upto))
            case Said(peer=peer, message=message):
                self._hear(peer, message)
            case Refused() | PeerLeft() if event.peer == CONTROLLER:
                self.leave(event.reason)
            case Refused(peer=peer, reason=reason):
                self._report(LinkRefused(peer, reason))
            case _:
                pass  # a peer came or went; the controller decides what that means for the run

    def _hear(self, peer: str, message: AnyMessage) -> None:
        """Take a message that is no business of the session; only the controller may send one."""
        match message:
            case _ if peer != CONTROLLER:
                self.switchboard.counts.unexpected += 1
            case RoundStart():
                self._start_round(message)
            case Reply():
                self._instructions.append(Answered(message.number, message.ok, message.payload))
            case Stop():
                self.leave(message.reason)
            case _:
                self.switchboard.counts.unexpected += 1

    def _deliver(self, event: Delivered) -> None:
        instance = self._instance_at(event.channel)
        if instance is None:
            self.switchboard.counts.unexpected += event.count
            return
        self._peer_of[event.channel] = event.peer

        def decode() -> list[Any]:
            values = self._decoders[event.channel.link].decode(event.payload)
            if len(values) != event.count:
                raise DecodeError(
                    "batch", f"it says that it holds {event.count} values, and holds {len(values)}"
                )
            return values[event.skip :]

        try:
            instance.deliver(event.channel, event.first + event.count, decode)
        except DecodeError as error:
            self.report_failure(instance.hosted, instance.round, error, "")
            return
        if instance.takes_at_once:
            self.switchboard.take(event.peer, event.channel, event.count - event.skip)

    def _end(self, event: Ended) -> None:
        instance = self._instance_at(event.channel)
        if instance is None:
            self.switchboard.counts.unexpected += 1
            return
        self._peer_of[event.channel] = event.peer
        instance.end(event.channel, event.position + 1, event.round)
        self.switchboard.take(event.peer, event.channel, 1)

    def _instance_at(self, key: ChannelKey) -> Instance | None:
        if not 0 <= key.link < len(self.wiring.topology.links):
            return None
        task = self.wiring.destination_task(key.link)
        return None if task is None else self._instances.get((task, key.destination))

    def _start_round(self, start: RoundStart) -> None:
        self._addresses |= start.addresses
        for (task, candidate), instance in self._instances.items():
            if candidate in start.members.get(task, ()) and instance.round < start.round:
                instance.start_round(start.round, start.members)
                for routes in instance.routes.values():
                    for route in routes:
                        self._dial(route.daemon)

    def _dial(self, peer: str) -> None:
        if peer not in self._dialled:
            self._dialled.add(peer)
            self._instructions.append(Dial(peer, self._addresses[peer]))

    def next_work(self) -> Work | None:
        """The next piece of work, taken from the inbox; None if there is none."""
        if self.leaving is not None:
            return None
        for instance in self._instances.values():
            work = instance.next_work()
            if work is not None:
                return self._begin(work)
        return None

    def _begin(self, work: Work) -> Work:
        name = work.hosted.spec.name
        if (name, work.round) not in self._started:
            self._started.add((name, work.round))
            self._report(WorkStarted(name, work.round))
        if isinstance(work, Handle):
            for key in work.consumed:
                self.switchboard.take(self._peer_of[key], key, len(work.values))
        self._outputs.begin(work)
        return work

    def stage(self, work: Work, value: object) -> bool:
        """Take a value that came of the work, as it is now; True if it is time to `flush`.

        Raises:
            PushRefused: no link of the task accepts the value.
            EncodeError: it cannot travel.
        """
        self._outputs.stage(work, value)
        return self._outputs.full

    def flush(self, work: Work) -> bool:
        """Push what is staged; False if there is no credit yet.

        After False nothing was pushed: feed the core what the transport receives, and try again.

        Raises:
            SpillFailed: more must be kept than fits memory, and the disk takes no more.
        """
        return self._outputs.flush(self._instance_of(work.hosted).routes)

    def _instance_of(self, hosted: Hosted) -> Instance:
        return self._instances[hosted.spec.task, hosted.spec.candidate]

    def finish(self, work: Work, seconds: float) -> None:
        """The work is done and all that came of it was pushed."""
        name = work.hosted.spec.name
        if isinstance(work, Run | Finish):
            self._outputs.end(work, self._instance_of(work.hosted).routes)
        pushed, marks = self._outputs.finish(work, seconds)
        label = None if isinstance(work, Handle) else (name, work.round)
        if isinstance(work, Run | Finish):
            total_s = self._outputs.take_seconds(name)
            self._report(WorkFinished(name, work.round, total_s, pushed))
            self._started.discard((name, work.round))
        self._confirm(self._ledger.enter(work.consumed, marks, label))

    def fail(self, work: Work, error: BaseException, traceback: str) -> None:
        """The work raised; nothing it consumed is confirmed, and its instance does no more."""
        self._instance_of(work.hosted).running = False
        self.report_failure(work.hosted, work.round, error, traceback)

    def report_failure(
        self, hosted: Hosted, round_number: int, error: BaseException, traceback: str
    ) -> None:
        """Tell the controller that an instance cannot do its part."""
        name = error.error if isinstance(error, ScriptRaised) else type(error).__name__
        self._report(WorkFailed(hosted.spec.name, round_number, name, message_of(error), traceback))

    def _confirm(self, confirmable: Mapping[ChannelKey, int]) -> None:
        for key, upto in confirmable.items():
            self.switchboard.confirm(self._peer_of[key], key, upto)
        for label in self._ledger.take_completed():
            name, round_number = label
            self._report(WorkConfirmed(name, round_number))

    def call(self, instance: str, iteration: int, method: str, arguments: bytes) -> int:
        """Ask the controller something; its answer comes as `Answered` with this number."""
        self._calls += 1
        controller = self.switchboard.to(CONTROLLER)
        controller.say(Call(controller.number, self._calls, instance, iteration, method, arguments))
        return self._calls

    def tick(self, now_s: float) -> None:
        """Let time pass."""
        self.switchboard.tick(now_s)

    def leave(self, reason: str) -> None:
        """Leave the run: no further work; say goodbye to all peers."""
        if self.leaving is None:
            self.leaving = reason
            counts = {name: count for name, count in self._counts().items() if count}
            links = tally(self.wiring.topology, self.switchboard.terms)
            self._report(DaemonLeft(counts, links))
            self._flush_reports()
            self.switchboard.leave(reason)
            self._instructions.append(Leave(reason))

    def _counts(self) -> dict[str, int]:
        counts = self.switchboard.counts
        return {name: getattr(counts, name) for name in counts.__struct_fields__}

    def _report(self, report: Report) -> None:
        assert len(self._reports) < REPORTS_MAX, "the controller takes no reports"
        self._reports.append(report)

    def _flush_reports(self) -> None:
        channel = self.switchboard.to(CONTROLLER).channel(EVENTS)
        room = min(channel.room, len(self._reports), self._outputs.chunk)
        if room:
            payload = encode_values(self._reports[:room])
            del self._reports[:room]
            self.switchboard.push(CONTROLLER, EVENTS, payload, room)
