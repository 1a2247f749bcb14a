"""The daemon's core: frames and time in, work and instructions out. No socket, no thread.

The shell feeds it what the transport received and what became of the work; it answers with
instructions. Work is *pulled* (`next_work`) rather than emitted, because a push counts as taken
from the inbox — and its credit returns — only when somebody is ready to do it (rule 24).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from swarmdsl.daemon.admission import TopologyAdmission
from swarmdsl.daemon.asked import Asked
from swarmdsl.daemon.attempts import retried
from swarmdsl.daemon.calling import Calling
from swarmdsl.daemon.instance import NO_METHODS, Instance, Methods
from swarmdsl.daemon.instances import instance_of
from swarmdsl.daemon.intake import Intake
from swarmdsl.daemon.keys import KeyOf
from swarmdsl.daemon.ledger import Ledger
from swarmdsl.daemon.moving import Moving
from swarmdsl.daemon.outputs import Outputs, Stage
from swarmdsl.daemon.recovery import Recovery, Trait
from swarmdsl.daemon.reporting import NO_ROUND, Reporting
from swarmdsl.daemon.reports import (
    CONTROLLER,
    EVENTS,
    RECALL,
    TAKES,
    DaemonLeft,
    LinkRefused,
    WorkFailed,
    WorkFinished,
    WorkStarted,
)
from swarmdsl.daemon.sources import Sources
from swarmdsl.daemon.takers import Takers
from swarmdsl.daemon.tally import tally
from swarmdsl.daemon.trace import message_of, name_of
from swarmdsl.daemon.wiring import Hosted, Place, Seating, Wiring
from swarmdsl.daemon.work import (
    Answered,
    Dial,
    Finish,
    Handle,
    Instruction,
    Leave,
    Produce,
    Remember,
    Respond,
    Restore,
    Run,
    RunResult,
    Send,
    Work,
)
from swarmdsl.topology.model import Topology
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import AnyMessage, Call, Carried, Reply, RoundStart, Stop
from swarmdsl.wire.session.events import (
    Accepted,
    Confirmed,
    Declined,
    Delivered,
    Ended,
    Inlet,
    Opened,
    PeerLeft,
    Refused,
    Said,
    SessionEvent,
)
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.retention import Shelf
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.session.terms import Terms
from swarmdsl.wire.structure import declared

CONFIRM_EVERY_S = 0.05  # to who pushes, while we are busy
BEAT_EVERY_S = 1.0  # to the controller, so that a lost roster or a lost controller is noticed


class DaemonCore:
    """Everything a daemon decides.

    Args:
        topology: of the run.
        identity: who this daemon is.
        controller: the controller's address.
        decoders: per link into a hosted instance, what decodes its pushes.
        annotations: per link out of a hosted instance, the type that it carries.
        keys: per such link with the policy `key`, what gives the key of a value.
        shelf: takes what must be kept of a gather that is too large for memory. Without one, a push
            beyond the bound waits.
        traits: of the hosted instances whose modules do more than handle, by (task, candidate).
        methods: of those with methods that are called without a push, likewise.

    Attributes:
        leaving: why it leaves the run; None while it does not.
        dismissed: whether the controller told it to.
        asked: the calls of others that wait here.
        sources: the instances that produce.
    """

    def __init__(
        self,
        topology: Topology,
        identity: Identity,
        controller: str,
        decoders: Mapping[int, Decoder],
        annotations: Mapping[int, Any],
        keys: Mapping[int, KeyOf] = MappingProxyType({}),
        shelf: Shelf | None = None,
        traits: Mapping[Place, Trait] | None = None,
        methods: Mapping[Place, Methods] = MappingProxyType({}),
    ) -> None:
        self.wiring = Wiring(topology, identity.peer)
        terms = Terms(topology.limits, shelf, self.wiring.gathered(), topology.links)
        self._admission = TopologyAdmission(topology, identity.peer)
        self.switchboard = Switchboard(
            identity,
            self._admission,
            kept_alive={CONTROLLER: BEAT_EVERY_S},
            terms=terms,
        )
        self._pushes = {link: declared(kind) for link, kind in annotations.items()}
        self._ledger = Ledger()
        self._recovery = Recovery(self.wiring, traits or {}, identity.incarnation, methods)
        self._instances: dict[Place, Instance] = {
            place: self._recovery.instance(place)
            or instance_of(hosted, self.wiring, methods.get(place, NO_METHODS))
            for place, hosted in self.wiring.hosted.items()
        }
        self._outputs = Outputs(self.wiring, self.switchboard, annotations, keys)
        self.sources = Sources(self._instances, self._recovery, self._outputs)
        numbers = itertools.count(1)
        self._calling = Calling(self.switchboard, numbers)
        self.asked = Asked(self._instances, self._calling.reply)
        self._takers = Takers(
            self.wiring,
            self.switchboard,
            self._instances,
            numbers,
            again=identity.incarnation > 0,
        )
        self._moving = Moving(self.switchboard, self._ledger, self._outputs, self._recovery)
        self._instructions: list[Instruction] = []
        self._reporting = Reporting(self.switchboard, self._outputs.chunk.values)
        self._intake = Intake(
            self.wiring,
            self.switchboard,
            self._instances,
            decoders,
            self._ledger,
            self._reporting,
            self._confirm,
        )
        self._addresses: dict[str, str] = {CONTROLLER: controller}
        self._dialled: set[str] = set()
        self._started: set[tuple[str, int]] = set()
        self.leaving: str | None = None
        self.dismissed = False
        self._now_s = self._said_s = 0.0
        self._dial(CONTROLLER)
        self._recalls = {
            self.call(name, NO_ROUND, RECALL, b"") for name in self._recovery.to_recall
        }

    def drain(self, *, busy: bool = False) -> list[Instruction]:
        """The instructions since the last call, to be carried out in order.

        A shell that is `busy` will call again once it has done more work; so long, but no longer
        than `CONFIRM_EVERY_S`, it may be left unsaid that some is confirmed: each message wakes
        somebody up.
        """
        lazily = busy and self._now_s < self._said_s + CONFIRM_EVERY_S
        if not lazily:
            self._said_s = self._now_s
        for report in self._recovery.take_reports():
            self._reporting.report(report)
        self._reporting.flush()
        sends = (
            Send(out.connection, out.frames)
            for out in self.switchboard.take_outgoing(lazily=lazily)
        )
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
                self._intake.deliver(event)
            case Ended():
                self._intake.end(event)
            case Confirmed(channel=channel) if channel == EVENTS:
                self._settle(event.upto)
            case Confirmed():
                self._recovery.confirmed(event.channel, event.upto)
                self._confirm(self._ledger.confirm(event.channel, event.upto))
            case Accepted(anew=True):
                self._intake.forget(event)
            case Opened():
                self._opened(event.peer)
            case Said(peer=peer, message=message):
                self._hear(peer, message)
            case Refused() | PeerLeft() if event.peer == CONTROLLER:
                self.leave(event.reason)
            case Refused(peer=peer, reason=reason):
                self._reporting.report(LinkRefused(self.switchboard.identity.peer, peer, reason))
            case Declined(peer=peer, reason=reason):
                self._reporting.report(LinkRefused(peer, self.switchboard.identity.peer, reason))
            case _:
                pass  # a peer came or went; the controller decides what that means for the run

    def _opened(self, peer: str) -> None:
        """There is a new connection: what was said on the one before may be lost."""
        self._takers.opened(peer)
        if peer == CONTROLLER:
            self._calling.again()

    def _hear(self, peer: str, message: AnyMessage) -> None:
        """Take a message that is no business of the session."""
        match message:
            case Call(method=method) if method == TAKES and self._asked(peer, message):
                pass
            case Reply() if self._takers.answered(peer, message):
                pass
            case _ if peer != CONTROLLER:
                self.switchboard.counts.unexpected += 1
            case Call() if self.asked.take(message):
                pass
            case RoundStart():
                self._start_round(message)
            case Reply() if message.number in self._recalls:
                self._recalled(message)
            case Reply():
                self._calling.answered(message.number)
                self._instructions.append(Answered(message.number, message.ok, message.payload))
            case Stop():
                self.dismissed = True
                self.leave(message.reason)
            case _:
                self.switchboard.counts.unexpected += 1

    def _asked(self, peer: str, call: Call) -> bool:
        """Take a question of one that deals to us; False if it makes no sense."""
        return self._takers.ask(peer, call, self._admission)

    def _recalled(self, reply: Reply) -> None:
        self._recalls.discard(reply.number)
        self._calling.answered(reply.number)
        for inlet, upto, count in self._recovery.recalled(reply.payload):
            self._intake.skip(inlet, upto, count)

    def _start_round(self, start: RoundStart) -> None:
        self._addresses |= start.addresses
        done = set(start.done)
        absent = frozenset(start.absent)
        lost, failures = absent - done, start.failures
        seating = Seating(first=start.first, absent=absent, lost=lost, failures=failures)
        for place, instance in self._instances.items():
            task, candidate = place
            instance.last = start.last
            before = instance.routes if instance.round == start.round else {}
            if candidate in start.members.get(task, ()) and instance.start_round(
                start.round, start.revision, start.members, seating, done=place in done
            ):
                self._prepare(instance)
                self._confirm(self._moving.follow(before, instance.routes))
                if instance.running:
                    self._takers.follow(place)
        self._takers.settle()

    def _prepare(self, instance: Instance) -> None:
        """Connect an instance with those it pushes to, unless an earlier process did its part."""
        if not instance.running:
            for inlet, upto, count in instance.take_repeats():
                self._intake.take_repeat(instance, instance.round, inlet, upto)
                if count:
                    self.switchboard.take(inlet, count)
        for inlet, count in instance.take_void():
            self.switchboard.take(inlet, count)
        for routes in instance.routes.values():
            for route in routes:
                if not route.absent:
                    self._dial(route.daemon)

    def _dial(self, peer: str) -> None:
        if peer not in self._dialled:
            self._dialled.add(peer)
            self.switchboard.to(peer).declare(self._carried_to(peer))
            self._instructions.append(Dial(peer, self._addresses[peer]))

    def _carried_to(self, peer: str) -> list[Carried]:
        """What our code pushes on the links that lead to a daemon."""
        return [Carried(link, self._pushes[link]) for link in self.wiring.links_to(peer)]

    def next_call(self) -> Respond | None:
        """The next call to answer; the shell asks for it where no other work is at hand."""
        return None if self.leaving is not None else self.asked.next()

    def next_work(self) -> Work | None:
        """The next piece of work, taken from the inbox; None if there is none."""
        if self.leaving is not None:
            return None
        for place, instance in self._instances.items():
            work = None if self._takers.waits(place) else instance.next_work()
            if work is not None:
                return self._begin(work)
        return None

    def _begin(self, work: Work) -> Work:
        name = work.hosted.spec.name
        done = not self._instance_of(work.hosted).running  # and called since
        is_memory = done and isinstance(work, Restore | Remember)
        if not is_memory and (name, work.round) not in self._started:
            self._started.add((name, work.round))
            self._reporting.report(WorkStarted(name, work.round))
        if isinstance(work, Handle):
            for inlet in work.consumed:
                self.switchboard.take(inlet, len(work.values))
        elif isinstance(work, RunResult) and work.in_inbox:
            for inlet in work.consumed:
                self.switchboard.take(inlet, 1)
        self._intake.at_hand = work
        place = (work.hosted.spec.task, work.hosted.spec.candidate)
        self._outputs.begin(work, self._instances[place].routes, self._takers.passed(place))
        return work

    @property
    def stage(self) -> Stage:
        """Take a value that came of the work, as it is now; True if it is time to `flush`.

        Raises:
            PushRefused: no link of the task, or none to the task of that alias, accepts the value.
            DestinationUnknown: no such task comes after the one at work.
            EncodeError: it cannot travel.
            PushTooLarge: it has more than `limits.push_bytes`.
        """
        return self._outputs.stage

    @property
    def has_staged(self) -> bool:
        """Whether something that came of the work waits to be flushed."""
        return self._outputs.staged

    def flush(self, work: Work) -> bool:
        """Push what is staged; False if there is no credit yet.

        After False nothing was pushed: feed the core what the transport receives, and try again.

        Raises:
            SpillFailed: more must be kept than fits memory, and the disk takes no more.
        """
        return self._outputs.flush()

    def _instance_of(self, hosted: Hosted) -> Instance:
        return self._instances[hosted.spec.task, hosted.spec.candidate]

    def remember(self, work: Remember, value: object) -> None:
        """Take the snapshot that the work has made, as it is now.

        Raises:
            EncodeError: it cannot travel.
            SnapshotTooLarge: it is larger than what is kept.
        """
        self._recovery.snapshot(work, value)

    def finish(self, work: Work, seconds: float) -> None:
        """The work is done and all that came of it was pushed."""
        self._instance_of(work.hosted).worked(work, seconds)
        name = work.hosted.spec.name
        if isinstance(work, Run | Finish | Produce):
            self._outputs.end(work)
        pushed, marks = self._outputs.finish(work, seconds)
        if isinstance(work, Run | Finish | Produce):
            total_s = self._outputs.take_seconds(name)
            self._reporting.report(WorkFinished(name, work.round, total_s, pushed))
            self._started.discard((name, work.round))
        self._intake.at_hand = None
        for entry in self._recovery.entries(work, marks):
            self._confirm(self._ledger.enter(*entry))

    def failures_of(self, work: Work) -> int:
        """How often the work has failed elsewhere in its round."""
        return self._instance_of(work.hosted).failures

    def let_go(self) -> None:
        """The code at work has succeeded: what was held back of its pushes is to be flushed."""
        self._outputs.let_go()

    def retry(
        self, work: Work, error: BaseException, failures: int, attempts: int, again_in_s: float
    ) -> bool:
        """The work raised, and is done once more.

        Returns whether that is to be here: not if the next attempt is another node's, and nobody
        has seen anything of this one.
        """
        leaves = self._outputs.unseen
        if leaves:  # Nothing that it consumed is confirmed, and nothing ends.
            self._intake.at_hand = None
            self._instance_of(work.hosted).abandon()
            self._outputs.abandon(work)
            self._started.discard((work.hosted.spec.name, work.round))
        else:
            self._outputs.again(work)
        self._reporting.report(retried(work, error, failures, attempts, again_in_s, leaves=leaves))
        return not leaves

    def fail(self, work: Work, error: BaseException, traceback: str, at: str = "") -> None:
        """The work raised; nothing it consumed is confirmed, and its instance does no more."""
        self._intake.at_hand = None
        self._instance_of(work.hosted).running = False
        self.report_failure(work.hosted, work.round, error, traceback, at)

    def report_failure(
        self,
        hosted: Hosted,
        round_number: int,
        error: BaseException,
        traceback: str,
        at: str = "",
    ) -> None:
        """Tell the controller that an instance cannot do its part, and what it was given."""
        name, problem = name_of(error), message_of(error)
        failed = WorkFailed(hosted.spec.name, round_number, name, problem, traceback, at)
        self._reporting.report(failed)

    def _confirm(self, confirmable: Mapping[Inlet, int]) -> None:
        for inlet, upto in confirmable.items():
            self.switchboard.confirm(inlet, upto)
        for report in self._ledger.take_completed():
            self._reporting.report(report)

    def _settle(self, upto: int) -> None:
        """The controller has on disk what we reported: it need not be done again."""
        for report in self._reporting.settle(upto):
            self._confirm(self._ledger.settle(report))
            self._recovery.settled(report)

    def call(
        self, instance: str, iteration: int, method: str, arguments: bytes, effect: str = ""
    ) -> int:
        """Ask the controller something; its answer comes as `Answered` with this number.

        The question is asked again on each new connection, until it is answered.
        """
        return self._calling.ask(instance, iteration, method, arguments, effect)

    def give_up_call(self) -> None:
        """Nobody waits for the answer any more."""
        self._calling.give_up()

    def time_is(self, now_s: float) -> None:
        """Look at the time before anything else happens: what is not confirmed by now is late."""
        self._now_s = now_s
        self.switchboard.terms.tick(now_s)
        self.asked.time_is(now_s)

    def tick(self, now_s: float) -> float:
        """Let time pass; returns when to call again. A controller that is silent ends the run."""
        instances = (one.tick(now_s) for one in self._instances.values())
        due_s = min(self.switchboard.tick(now_s), self._recovery.tick(now_s), *instances)
        unanswered = self.switchboard.to(CONTROLLER).unanswered
        if unanswered * BEAT_EVERY_S > self.wiring.topology.limits.lease_s:
            self.leave(f"the controller has not answered {unanswered} times")
        return due_s

    def leave(self, reason: str) -> None:
        """Leave the run: no further work; say goodbye to all peers."""
        if self.leaving is None:
            self.leaving = reason
            counts = {name: count for name, count in self._counts().items() if count}
            links = tally(self.wiring.topology, self.switchboard.terms)
            self._reporting.report(DaemonLeft(counts, links))
            self._reporting.flush()
            self.switchboard.leave(reason)
            self._instructions.append(Leave(reason))

    def _counts(self) -> dict[str, int]:
        counts = self.switchboard.counts
        return {name: getattr(counts, name) for name in counts.__struct_fields__}
