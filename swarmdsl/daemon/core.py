"""The daemon's core: frames and time in, work and instructions out. No socket, no thread.

The shell feeds it what the transport received and what became of the work; it answers with
instructions. Work is *pulled* (`next_work`) rather than emitted, because a push counts as taken
from the inbox — and its credit returns — only when somebody is ready to do it (rule 24).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from swarmdsl.daemon.admission import TopologyAdmission
from swarmdsl.daemon.asked import Asked
from swarmdsl.daemon.attempts import failed, retried
from swarmdsl.daemon.calling import Calling
from swarmdsl.daemon.dialling import Dialling
from swarmdsl.daemon.glances import Soon
from swarmdsl.daemon.instance import NO_METHODS, Instance, Methods
from swarmdsl.daemon.instances import instance_of
from swarmdsl.daemon.intake import Intake
from swarmdsl.daemon.keys import KeyOf
from swarmdsl.daemon.lease import BEAT_EVERY_S, is_over
from swarmdsl.daemon.ledger import Ledger
from swarmdsl.daemon.loopback import Loopback
from swarmdsl.daemon.measures import Measures
from swarmdsl.daemon.moving import Moving
from swarmdsl.daemon.outputs import Outputs, Stage
from swarmdsl.daemon.recalling import Recalling
from swarmdsl.daemon.recovery import Recovery, Trait
from swarmdsl.daemon.reporting import Reporting
from swarmdsl.daemon.reports import (
    CONTROLLER,
    EVENTS,
    DaemonLeft,
    LinkRefused,
    WorkFinished,
    WorkStarted,
)
from swarmdsl.daemon.round_starts import RoundStarts
from swarmdsl.daemon.settling import Settling
from swarmdsl.daemon.sources import Sources
from swarmdsl.daemon.stealing import Foreign, Nothing, Stealing
from swarmdsl.daemon.takers import NONE_PASSED, Takers
from swarmdsl.daemon.tally import irregular, tally
from swarmdsl.daemon.telling import Telling
from swarmdsl.daemon.turns import Turns
from swarmdsl.daemon.wiring import Hosted, Place, Wiring
from swarmdsl.daemon.work import (
    Answered,
    Borrowed,
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
    Work,
)
from swarmdsl.wire.answers import Answer
from swarmdsl.wire.arena.sharing import Sharing
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import AnyMessage, Call, Reply, RoundStart, Stop
from swarmdsl.wire.session.events import (
    Accepted,
    Confirmed,
    Declined,
    Delivered,
    Ended,
    LingerAsked,
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


class DaemonCore:
    """Everything a daemon decides.

    Args:
        wiring: what the topology of the run means for this daemon.
        identity: who it is.
        controller: the controller's address.
        decoders: per link into a hosted instance, what decodes its pushes.
        annotations: per link out of a hosted instance, the type that it carries.
        keys: per such link with the policy `key`, what gives the key of a value.
        shelf: takes what must be kept of a gather that is too large for memory. Without one, a push
            beyond the bound waits.
        traits: of the hosted instances whose modules do more than handle, by (task, candidate).
        methods: of those with methods that are called without a push, likewise.
        sharing: the memory that this process shares with others.
        foreign: the user's code, as far as other workers may run it; without it, none does.

    Attributes:
        leaving: why it leaves the run; None while it does not.
        dismissed: whether the controller told it to.
        asked: the calls of others that wait here.
        calling: what is asked of the controller; its answer comes as `Answered`.
        sources: the instances that produce.
        stage: takes a value that came of the work at hand, as `Outputs.stage` does.
        measures: what the work comes to, in times and counts.
        reporting: what is told to the controller.
    """

    def __init__(
        self,
        wiring: Wiring,
        identity: Identity,
        controller: str,
        decoders: Mapping[int, Decoder],
        annotations: Mapping[int, Any],
        keys: Mapping[int, KeyOf] = MappingProxyType({}),
        shelf: Shelf | None = None,
        traits: Mapping[Place, Trait] | None = None,
        methods: Mapping[Place, Methods] = MappingProxyType({}),
        sharing: Sharing | None = None,
        foreign: Foreign | None = None,
    ) -> None:
        self.wiring, topology = wiring, wiring.topology
        terms = Terms(topology.limits, shelf, self.wiring.gathered(), topology.links)
        self._admission = TopologyAdmission(topology, identity.peer)
        alive = {CONTROLLER: BEAT_EVERY_S}
        self.switchboard = Switchboard(
            identity, self._admission, kept_alive=alive, terms=terms, sharing=sharing
        )
        self._loopback = Loopback(self.switchboard, self.receive)
        self.measures = Measures(self.switchboard, topology.limits.statistics_every_s)
        self._ledger = Ledger(identity.peer)
        self._recovery = Recovery(self.wiring, traits or {}, identity.incarnation, methods)
        self._instances: dict[Place, Instance] = {
            place: self._recovery.instance(place)
            or instance_of(hosted, self.wiring, methods.get(place, NO_METHODS))
            for place, hosted in self.wiring.hosted.items()
        }
        self._turns = Turns(self._instances)
        self._own = self._outputs = Outputs(self.wiring, self.switchboard, annotations, keys)
        self.stage: Stage = self._own.stage
        self.sources = Sources(self._instances, self._recovery, self._outputs)
        numbers = itertools.count(1)
        self.calling = Calling(self.switchboard, numbers)
        self._recalling = Recalling(self._recovery, Calling(self.switchboard, numbers))
        self.asked = Asked(self._instances, self.calling.reply)
        again = identity.incarnation > 0
        self._takers = Takers(self.wiring, self.switchboard, self._instances, numbers, again=again)
        self._instructions: list[Instruction] = []
        self.reporting = Reporting(self.switchboard, self._outputs.chunk.values)
        self._telling = Telling(self.switchboard)
        board, ledger, reporting = self.switchboard, self._ledger, self.reporting
        telling, grow = self._telling, self.measures.grow
        self._settling = Settling(board, ledger, reporting, self._recovery, telling, grow)
        self._take_in(decoders)
        dial, report, may = self._dial, self.reporting.report, foreign or Nothing()
        self._stealing = Stealing(
            self.wiring, board, self._turns, numbers, dial, report, self.measures, may
        )
        self._intake.taken = self._stealing.taken
        self._dialling = Dialling(self.wiring, self.switchboard, annotations, self._loopback.dial)
        self._dialling.learn({CONTROLLER: controller})
        self._started: set[tuple[str, int]] = set()
        self.leaving: str | None = None
        self.dismissed = False
        self._now_s = 0.0
        self._soon = Soon(self._look)
        self._dial(CONTROLLER)

    def _take_in(self, decoders: Mapping[int, Decoder]) -> None:
        """Make what takes pushes and rosters."""
        board, instances, confirm = self.switchboard, self._instances, self._settling.confirm
        ledger, reporting, wake = self._ledger, self.reporting, self._turns.wake
        self._intake = Intake(
            self.wiring, board, instances, decoders, ledger, reporting, confirm, wake
        )
        moving, recalling = Moving(board, ledger, self._outputs, self._recovery), self._recalling
        self._round_starts = RoundStarts(
            board, instances, self._intake, moving, self._takers, confirm, self._dial, recalling
        )

    def drain(self, patience_s: float = 0.0) -> list[Instruction]:
        """The instructions since the last call, to be carried out in order.

        A shell that has patience will call again; so long after it was last said, it may be left
        unsaid that some is confirmed: each message wakes somebody up.
        """
        lazily = self._telling.may_wait(self._now_s, patience_s)
        if (self._recovery.made or self._recovery.sources) and (
            reports := self._recovery.take_reports()
        ):
            self.reporting.report_all(reports)
        if self._loopback.is_used:
            self._loopback.hand_over(lazily=lazily)
        if self.reporting.waiting:
            self.reporting.flush(self._now_s if patience_s else math.inf)
        of = self._loopback if self._loopback.is_used else self.switchboard
        leaving = of.take_outgoing(lazily=lazily)
        instructions, self._instructions = self._instructions, []
        return [*instructions, *leaving]

    def owed_in_s(self, patience_s: float) -> float:
        """How long what is left unsaid may wait; infinite if that is nothing.

        An idle worker has something to say after a while: that it would do the work of others.
        """
        telling_s = self._telling.left_s(self._now_s, patience_s)
        reporting_s = self.reporting.left_s(self._now_s)
        return min(telling_s, reporting_s, self._stealing.due_in_s(self._now_s))

    def dialled(self, peer: str, connection: int) -> None:
        """The shell carried out `Dial`."""
        self.switchboard.dialled(peer, connection)

    def receive(self, connection: int, frames: Frames) -> None:
        """A message arrived."""
        for event in self.switchboard.receive(connection, frames):
            if type(event) is Delivered:  # first, as it is by far the most frequent
                self._intake.deliver(event)
            else:
                self._on_event(event)

    def _on_event(self, event: SessionEvent) -> None:
        match event:
            case Ended():
                self._intake.end(event)
            case Confirmed(channel=channel) if channel == EVENTS:
                self._settling.settle(event.upto)
            case Confirmed():
                self._settling.confirmed(event)
            case Accepted(anew=True):
                self._intake.forget(event)
            case LingerAsked():
                self.sources.asked_to_linger(event.peer, event.microseconds / 1e6)
            case Opened():
                self._opened(event.peer)
            case Said(peer=peer, message=message, behind=behind):
                self._hear(peer, message, behind)
            case Refused() | PeerLeft() if event.peer == CONTROLLER:
                self.leave(event.reason)
            case Refused(peer=peer, reason=reason):
                self.reporting.report(LinkRefused(self.switchboard.identity.peer, peer, reason))
            case Declined(peer=peer, reason=reason):
                self.reporting.report(LinkRefused(peer, self.switchboard.identity.peer, reason))
            case _:
                pass  # a peer came or went; the controller decides what that means for the run

    def _opened(self, peer: str) -> None:
        """There is a new connection: what was said on the one before may be lost."""
        self._takers.opened(peer)
        self._stealing.opened(peer)
        if peer == CONTROLLER:
            self.calling.again()
            self._recalling.again()

    def _hear(self, peer: str, message: AnyMessage, behind: Frames = ()) -> None:
        """Take a message that is no business of the session."""
        match message:
            case Call() if self._takers.ask(peer, message, self._admission):
                pass
            case Reply() if self._takers.answered(peer, message):
                self._turns.wake_all()
            case Call() | Reply() if self._stealing.hear(peer, message, behind):
                pass
            case _ if peer != CONTROLLER:
                self.switchboard.counts.unexpected += 1
            case Call() if self.asked.take(message):
                pass
            case RoundStart():
                self._start_round(message)
            case Reply() if self._recalling.awaits(message):
                for inlet, upto, count in self._recalling.answered(message):
                    self._intake.skip(inlet, upto, count)
            case Reply():
                self.calling.answered(message.number)
                said = Answered(message.number, message.ok, Answer(message.payload, behind))
                self._instructions.append(said)
            case Stop():
                self.dismissed = True
                if message.done:
                    self._settling.conclude(self.wiring.of_functions)
                self.leave(message.reason)
            case _:
                self.switchboard.counts.unexpected += 1

    def _start_round(self, start: RoundStart) -> None:
        self._settling.close(start.round, start.gone, self.wiring.of_functions)
        self._instructions += self._dialling.learn(start.addresses)
        self._round_starts.follow(start)
        self.sources.settle()
        self._stealing.start_round(start)
        self._turns.wake_all()

    def _dial(self, peer: str) -> None:
        self._instructions += self._dialling.dial(peer)

    def next_call(self) -> Respond | None:
        """The next call to answer; the shell asks for it where no other work is at hand."""
        return None if self.leaving is not None else self.asked.next()

    def next_work(self) -> Work | None:
        """The next piece of work, taken from the inbox; None if there is none."""
        if self.leaving is not None:
            return None
        steals = self._stealing.on
        waits = self._takers.waits if self._takers.matters else None
        work = (self._stealing.next_work() if steals else None) or self._turns.next_work(waits)
        if work is None and self._loopback.is_used:
            self._loopback.hand_over(lazily=True)
            work = self._turns.next_work(waits)
        if work is not None:
            if steals:  # That those have begun which are lent, their borrowers tell.
                self._started |= self._stealing.share(work, self._takers.waits, self._now_s)
            return self._begin(work)
        borrowed = self._stealing.borrowed(self._now_s)
        if borrowed is not None:
            self._outputs = self._stealing.begin(borrowed)
            self.stage = self._outputs.stage
        return borrowed

    def rests(self) -> bool:
        """Whether there is surely no work before something comes or time passes."""
        calm = not (self._loopback.is_used or self.asked.waiting)
        return calm and self._turns.rest

    def _begin(self, work: Work) -> Work:
        spec = work.hosted.spec
        name, place = spec.name, (spec.task, spec.candidate)
        instance = self._instances[place]
        done = not instance.running  # and called since
        remembers = done and isinstance(work, Restore | Remember)
        if not remembers and (name, work.round) not in self._started:
            self._started.add((name, work.round))
            self.reporting.report(WorkStarted(name, work.round))
        if isinstance(work, Handle):
            for part in work.parts:
                self.switchboard.take(part.inlet, part.count)
        elif isinstance(work, RunResult) and work.in_inbox:
            for inlet in work.consumed:
                self.switchboard.take(inlet, 1)
        self._intake.at_hand = work
        self.measures.begin(work, self._now_s)
        passed = self._takers.passed(place) if self._takers.matters else NONE_PASSED
        self._outputs, self.stage = self._own, self._own.stage
        self._outputs.begin(work, instance.routes, passed)
        return work

    @property
    def has_staged(self) -> bool:
        """Whether something that came of the work waits to be flushed."""
        return self._outputs.staged_count > 0 or self._outputs.staged

    def flush(self, work: Work, now_s: float | None = None) -> bool:
        """Push what is staged; False if there is no credit yet.

        After False nothing was pushed: feed the core what the transport receives, and try again.

        Args:
            work: that it came of.
            now_s: when it leaves, if that is not when something came last.

        Raises:
            SpillFailed: more must be kept than fits memory, and the disk takes no more.
        """
        if now_s is not None:
            self._now_s = now_s
            self.switchboard.terms.tick(now_s)
        self.measures.grown = True  # also in the midst of a source that never ends
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
        if self._stealing.on:
            self._stealing.ran(work, seconds)
            if isinstance(work, Borrowed):
                self._stealing.finish(work, seconds, self._outputs)
                return
        self._instance_of(work.hosted).worked(work, seconds)
        self.measures.worked(seconds)
        name = work.hosted.spec.name
        if isinstance(work, Run | Finish | Produce):
            self._outputs.end(work)
        pushed, marks = self._outputs.finish(work, seconds)
        if isinstance(work, Run | Finish | Produce):
            total_s = self._outputs.take_seconds(name)
            self.reporting.report(WorkFinished(name, work.round, total_s, pushed))
            self._started.discard((name, work.round))
            self.measures.ended()
        self._intake.at_hand = None
        for entry in self._recovery.entries(work, marks):
            confirmable = self._ledger.enter(entry.consumed, entry.marks, entry.report)
            self._settling.confirm(confirmable)

    def failures_of(self, work: Work) -> int:
        """How often the work has failed elsewhere in its round."""
        return 0 if isinstance(work, Borrowed) else self._instance_of(work.hosted).failures

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
        leaves = self._outputs.unseen and not isinstance(work, Borrowed)
        if leaves:  # Nothing that it consumed is confirmed, and nothing ends.
            self._intake.at_hand = None
            self._instance_of(work.hosted).abandon()
            self._outputs.abandon(work)
            self.measures.abandoned(self._now_s)
            self._started.discard((work.hosted.spec.name, work.round))
        else:
            self._outputs.again(work)
        self.reporting.report(retried(work, error, failures, attempts, again_in_s, leaves=leaves))
        return not leaves

    def fail(self, work: Work, error: BaseException, traceback: str, at: str = "") -> None:
        """The work raised; nothing it consumed is confirmed, and its instance does no more."""
        self.measures.abandoned(self._now_s)
        self._intake.at_hand = None
        if not isinstance(work, Borrowed):
            self._instance_of(work.hosted).running = False
        name = work.hosted.spec.name
        self.reporting.report(failed(name, work.round, error, traceback, at))

    def time_is(self, now_s: float, waited_s: float = 0.0) -> None:
        """What comes now came then, after such a wait; what is not confirmed by now is late."""
        intake = self._intake
        intake.now_s = self.asked.now_s = self._now_s = now_s
        intake.behind.waited_s += waited_s
        if now_s >= intake.behind.due_s and intake.judge(now_s):
            self._telling.hurry()  # those who push are to linger
        self.switchboard.terms.tick(now_s)

    def tick(self, now_s: float) -> float:
        """Let time pass; returns when to call again. Timers alone are looked at each time."""
        return min(self._turns.tick(now_s), self._soon.tick(now_s))

    def _look(self, now_s: float) -> float:
        """Whether anything but a timer is due; a controller that is silent ends the run."""
        due_s = self.measures.tick(now_s)
        if due_s <= now_s:
            self._tell_measures(now_s)
            due_s = self.measures.tick(now_s)
        due_s = min(due_s, self.switchboard.tick(now_s), self._recovery.tick(now_s))
        if is_over(self.switchboard):
            self.leave("the controller has not answered for longer than limits.lease_s")
        return due_s

    def _tell_measures(self, now_s: float) -> None:
        if (measured := self.measures.last(now_s)) is not None:
            self.reporting.report(measured)

    def leave(self, reason: str) -> None:
        """Leave the run: no further work; say goodbye to all peers."""
        if self.leaving is None:
            self.leaving = reason
            self._tell_measures(self._now_s)
            links = tally(self.wiring.topology, self.switchboard.terms)
            self.reporting.report(DaemonLeft(irregular(self.switchboard.counts), links))
            self.reporting.flush()
            self.switchboard.leave(reason)
            self._instructions.append(Leave(reason))
