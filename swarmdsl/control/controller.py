"""The controller's shell: looks after one run from its first daemon to its final state.

One thread and one loop: wait for frames and for news of the engine, let the core decide, commit to
the store, then answer. Nothing is confirmed, replied or decided upon that the store does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL

from swarmdsl.control.announcing import round_start
from swarmdsl.control.calls import Calls
from swarmdsl.control.clocks import Clocks
from swarmdsl.control.core import ControlCore
from swarmdsl.control.crash import record_crash
from swarmdsl.control.exchange import Exchange
from swarmdsl.control.given_up import GivenUp
from swarmdsl.control.happenings import Happening, Observer
from swarmdsl.control.history import row_of
from swarmdsl.control.host_memory import HostMemory
from swarmdsl.control.instructions import (
    Bequeath,
    Dismiss,
    EndRun,
    HandOver,
    Note,
    SendRoster,
    Tell,
)
from swarmdsl.control.intake import Intake
from swarmdsl.control.interrupts import Asked
from swarmdsl.control.journal import RoundDecided, encode_record
from swarmdsl.control.last_words import last_words
from swarmdsl.control.measurements import Measurements
from swarmdsl.control.placements import is_placement, place_tasks
from swarmdsl.control.questions import Answer, NoPost, Post
from swarmdsl.control.recollections import Recollections
from swarmdsl.control.replacements import is_replacement, replace_daemons
from swarmdsl.control.secrets import NO_SECRETS, SecretCalls, Secrets, redacted
from swarmdsl.control.state import Reason, RunState
from swarmdsl.control.store import Store
from swarmdsl.control.strangers import StrangersSeen
from swarmdsl.control.supervision import Kill, StartAgain
from swarmdsl.control.whereabouts import Whereabouts
from swarmdsl.daemon.admission import TopologyAdmission
from swarmdsl.daemon.arguments import log_file
from swarmdsl.daemon.note import note_file, read_note
from swarmdsl.daemon.reports import EVENTS, AnyReport
from swarmdsl.deploy.engine import (
    DaemonContinued,
    DaemonExited,
    DaemonStarted,
    DaemonStartFailed,
    DaemonSuspended,
    Engine,
    EngineAttached,
    EngineLost,
    NodeJoined,
    NodeLost,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.errors import DecodeError
from swarmdsl.light.context import CALL_DAEMON
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.fused import executed
from swarmdsl.topology.model import Topology
from swarmdsl.transport.base import Arrival, Endpoint
from swarmdsl.transport.outbox import Outbox
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.messages import Call, Reply, Stop
from swarmdsl.wire.session.events import (
    Accepted,
    Confirmed,
    Delivered,
    Ended,
    Opened,
    Refused,
    Said,
    SessionEvent,
)
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.switchboard import Switchboard

TURN_S = 1.0  # the longest single wait; news of the engine and interrupts end it
GIVEN_UP = "the run goes on without it, as its node was lost"
LAST_WORDS_S = 0.5  # for what a daemon said before it ended in good order
URGENT_GRACE_S = 1.0  # for daemons of a run that failed or was interrupted


class Controller:
    """Runs a topology to its end.

    Args:
        topology: what to run.
        core: of a new run, or recovered from the journal of one whose controller died.
        identity: of the controller in this run.
        engine: starts the daemons; closed at the end.
        endpoint: where daemons find the controller; closed at the end.
        store: of the run.
        run_folder: where daemons write their logs.
        observers: are told what happens, in this thread, between two turns.
        clocks: time.
        interrupts: what the user's Ctrl-C sets, and commands of other processes.
        resumes: the engine has been attached to, and runs the daemons already.
        secrets: of the run; tasks ask for them, and no text that is stored or told holds one.
        post: where other processes put their calls.
        memory: that is shared with daemons of this host; by default none, and all is sent.
    """

    def __init__(
        self,
        *,
        topology: Topology,
        core: ControlCore,
        identity: Identity,
        engine: Engine,
        endpoint: Endpoint,
        store: Store,
        run_folder: Path,
        observers: Sequence[Observer],
        clocks: Clocks,
        interrupts: Asked,
        resumes: bool = False,
        secrets: Secrets = NO_SECRETS,
        post: Post | None = None,
        memory: HostMemory | None = None,
    ) -> None:
        self._found = found = executed(topology)
        self._topology = topology = found.topology
        self._engine = engine
        self._endpoint = endpoint
        self._store = store
        self._run_folder = run_folder
        self._observers = observers
        self._clocks = clocks
        self._interrupts = interrupts
        self._core = core
        admission, sharing = TopologyAdmission(topology, identity.peer), memory and memory.sharing
        self._switchboard = Switchboard(identity, admission, sharing=sharing)
        sheets, hidden = memory and memory.sheets, SecretCalls(topology, secrets)
        self._calls = Calls(self._core, store, self._tell, hidden, sheets, found.named)
        self._redaction = secrets.redaction()
        self._exchange = Exchange(
            topology,
            self._core,
            store,
            self._switchboard,
            identity.incarnation,
            self._redaction,
        )
        self._post = post or NoPost()
        self._reports: Decoder = Decoder(AnyReport)
        self._intake = Intake(found, core, store)
        self._recollections = Recollections(store)
        self._measurements = Measurements(store.statistics, identity.incarnation)
        self._outbox = Outbox(endpoint)
        self._start_deadline_s = self._due_s = 0.0
        self._commands: dict[str, StartDaemon] = {}
        self._whereabouts = Whereabouts(topology)
        self._given_up = GivenUp()
        self._alive: set[str] = set()
        self._unstarted: set[str] = set()  # by the controller before us
        self._untold: list[Happening] = []
        self._unanswered: list[Answer] = []
        self._resumes = resumes
        self._moved = False
        self._strangers = StrangersSeen()

    def run(self) -> tuple[RunState, Reason]:
        """Start the daemons, see the run through, and leave nothing behind."""
        try:
            self._start()
            while not self._core.state.final:
                self._turn()
            self._wind_down()
            self._post.wait_until_read()
        except (
            BaseException
        ) as error:  # Of an observer, or of ours: the record must not say RUNNING.
            state, wall_s = self._core.state, self._clocks.wall_s()
            record_crash(self._store, state, error, self._redaction, wall_s)
            raise
        finally:
            self._engine.close(self._grace_s())
            self._endpoint.close()
        assert self._core.reason is not None, "a final state has a reason"
        return self._core.state, self._core.reason

    def _start(self) -> None:
        self._endpoint.watch(self._engine.fileno())
        self._endpoint.watch(self._interrupts.fileno())
        limits = self._topology.limits
        self._start_deadline_s = self._clocks.monotonic_s() + limits.start_timeout_s
        self._commands = {one.name: one for one in self._engine.render(self._topology)}
        if self._resumes:
            self._resume()
        else:
            for command in self._commands.values():
                self._engine.start(command)

    def _resume(self) -> None:
        """Take over from a controller that died: the engine tells who lives."""
        with self._store.batch():
            self._take_engine_events()
            self._core.resume(self._alive, self._clocks.monotonic_s(), self._unstarted)
            self._carry_out()

    def _turn(self) -> None:
        """Take in what happened, commit, tell, and only then go on."""
        round_is_over = self._core.between_rounds  # and its observers have been told
        until_due_s = max(0.0, self._due_s - self._clocks.monotonic_s())
        arrivals = self._wait(0.0 if round_is_over else min(TURN_S, until_due_s))
        with self._store.batch():
            self._take_in(arrivals)
            self._take_time()
            if round_is_over:
                self._core.proceed()
            self._carry_out()
        self._post.give(self._unanswered)  # what they tell of is committed
        self._unanswered.clear()
        self._send()
        self._tell_observers()
        self._intake.tidy()

    def _wait(self, wait_s: float) -> list[Arrival]:
        return self._endpoint.receive(wait_s, self._outbox.blocked)

    def _take_in(self, arrivals: Sequence[Arrival]) -> None:
        for arrival in arrivals:
            for event in self._switchboard.receive(arrival.connection, arrival.frames):
                self._on_event(event)
        if self._moved:  # once, however many did
            self._moved = False
            self._core.moved()
        self._take_engine_events()
        for happening in self._strangers.seen(self._endpoint.strangers):
            self._tell(happening)

    def _take_time(self) -> None:
        self._interrupts.heard()
        if self._interrupts.count:
            self._core.interrupted(killed=self._interrupts.killed)
        elif self._interrupts.stop_wanted:
            self._core.request_stop()
        now_s = self._clocks.monotonic_s()
        if now_s > self._start_deadline_s:
            self._core.start_timed_out(self._topology.limits.start_timeout_s)
        if self._interrupts.take_call():
            while questions := self._post.take():
                for question in questions:
                    if is_replacement(question):
                        self._post.give([replace_daemons(question, self._core, self._run_folder)])
                    elif is_placement(question):
                        self._unanswered.append(place_tasks(question, self._core))
                    else:
                        self._exchange.ask(question, now_s)
        self._due_s = min(self._core.tick(now_s), self._exchange.tick(now_s))

    def _take_engine_events(self) -> None:
        for event in self._engine.events():
            match event:
                case DaemonStarted(name=name):
                    self._alive.add(name)
                case DaemonStartFailed(name=name, problem=problem):
                    self._core.start_failed(name, self._redaction.text(problem))
                case DaemonExited(name=name):
                    self._alive.discard(name)
                    self._exchange.lost(name)
                    self._exited(event)
                case DaemonSuspended(name=name):
                    self._core.suspended(name, self._clocks.monotonic_s())
                case DaemonContinued(name=name):
                    self._core.continued(name)
                case NodeLost():
                    self._node_lost(event)
                case NodeJoined(node=node):
                    self._core.node_joined(node, self._clocks.monotonic_s())
                case EngineAttached():
                    self._attached(event)
                case EngineLost(problem=problem):
                    self._alive.clear()
                    self._endpoint.unwatch(self._engine.fileno())
                    self._core.engine_lost(self._redaction.text(problem))

    def _exited(self, event: DaemonExited) -> None:
        name = event.name
        words = at = ""
        if not self._core.state.final:  # else nobody asks why
            words = last_words(log_file(self._run_folder, name), self._redaction)
            at = read_note(note_file(self._commands[name].arguments.beside))
        now_s = self._clocks.monotonic_s()
        self._core.exited(name, event.exit_code, event.signal, now_s, words, at, event.problem)

    def _node_lost(self, event: NodeLost) -> None:
        for name in [one for one in self._alive if node_of(one) == event.node]:
            self._alive.discard(name)
            self._exchange.lost(name)
        self._core.node_lost(event.node, self._redaction.text(event.problem))

    def _attached(self, found: EngineAttached) -> None:
        """We took over from a controller that died: these of its daemons live."""
        now_s = self._clocks.monotonic_s()
        self._alive = {one.name for one in found.running}
        started = {one.name: one.incarnation for one in found.ended}
        started |= {one.name: one.incarnation for one in found.running}
        self._unstarted = self._commands.keys() - started.keys()
        self._core.recall_incarnations(started)
        self._core.find(self._alive, now_s)
        for one in found.running:
            if one.is_suspended:
                self._core.suspended(one.name, now_s)

    # ------------------------------------------------------------------ what daemons say

    def _on_event(self, event: SessionEvent) -> None:
        match event:
            case Confirmed() | Opened() | Refused():
                pass  # the controller pushes to nobody
            case _ if not self._core.knows(event.peer):
                self._switchboard.counts.unexpected += 1
            case Accepted():
                self._accepted(event)
            case Delivered() | Ended() | Said(message=Call()) if event.peer in self._given_up:
                self._switchboard.counts.stale += 1  # others do its work, and will say the same
            case Delivered():
                self._take(event)
            case Ended():
                self._intake.end(event)
                self._settle(event, event.position + 1, 1)
            case Said(message=Call(method=method) as call) if method == CALL_DAEMON:
                self._exchange.take(event.peer, call, self._clocks.monotonic_s())
            case Said(message=Reply() as reply):
                self._replied(event.peer, reply)
            case Said(message=Call() as call):
                self._answer(event.peer, call)

    def _replied(self, peer: str, reply: Reply) -> None:
        if not self._exchange.answered(peer, reply):
            self._switchboard.counts.unexpected += 1  # it came after its call was given up

    def _accepted(self, event: Accepted) -> None:
        """A daemon introduced itself, perhaps once more: what it was told may be lost."""
        peer = event.peer
        told = self._commands[peer].arguments.address
        moved = self._whereabouts.introduced(peer, event.address, told)
        self._moved |= moved and self._core.state is RunState.RUNNING
        self._given_up.introduced(peer, event.incarnation)
        self._intake.begin(peer, event.incarnation)
        self._core.former(event.former)
        self._core.connected(peer)
        self._exchange.connected(peer, event.incarnation)
        if self._core.reason is not None:
            self._say_stop(peer, self._core.reason)

    def _take(self, event: Delivered) -> None:
        try:
            if event.channel == EVENTS:
                reports = self._reports.decode(event.payload, event.count)
                for said in reports[event.skip :]:
                    report = redacted(said, self._redaction)
                    self._core.reported(event.peer, report)
                    peer, incarnation = event.peer, event.inlet.incarnation
                    self._recollections.reported(incarnation, report)
                    self._measurements.reported(peer, incarnation, report, self._clocks.wall_s())
            else:
                self._intake.keep(event)
        except DecodeError as error:
            self._switchboard.reject(event, str(error))
            return
        self._settle(event, event.upto, event.count - event.skip)

    def _settle(self, event: Delivered | Ended, upto: int, count: int) -> None:
        """It is in the store, or in the core: neither side needs it any more."""
        self._switchboard.take(event.inlet, count)
        self._switchboard.confirm(event.inlet, upto)

    def _answer(self, peer: str, call: Call) -> None:
        ok, answer = self._calls.answer(call)
        number = self._switchboard.number_of(peer)
        self._switchboard.say(peer, Reply(number, call.number, ok, answer.payload), answer.behind)

    # ------------------------------------------------------------------ what the core decides

    def _carry_out(self) -> None:
        for instruction in self._core.drain():
            match instruction:
                case Tell(happening=happening):
                    self._tell(happening)
                case Note(record=RoundDecided(round=number, revision=0) as record):
                    self._store.begin_round(number)
                    self._intake.begin_round(number)
                    self._switchboard.forget_memory_of(self._core.gone)
                    self._store.note(encode_record(record), forget_earlier=True)
                case Note(record=RoundDecided() as record):
                    self._intake.settle(record)
                    self._store.note(encode_record(record))
                case Note(record=record):
                    self._store.note(encode_record(record))
                case HandOver(instance=instance, heir=heir, round=number):
                    names = map(self._found.names_of, (instance, heir))
                    for one, other in zip(*names, strict=True):
                        self._store.hand_over_reads(one, other, number)
                case Bequeath(instance=instance, heir=heir):
                    self._recollections.bequeath(instance, heir)
                case SendRoster():
                    self._send_roster(instruction)
                case StartAgain():
                    self._start_again(instruction)
                case Kill(daemon=daemon, cause=cause, renews=renews):
                    self._engine.stop(
                        StopDaemon(name=daemon, signal=SIGKILL, cause=cause, renews=renews)
                    )
                case Dismiss(daemon=daemon):
                    number = self._switchboard.number_of(daemon)
                    self._switchboard.say(daemon, Stop(number, GIVEN_UP))
                case EndRun(state=state, reason=reason):
                    self._end_run(state, reason)
        self._post.give(self._exchange.carry_out())

    def _tell(self, happening: Happening) -> None:
        self._given_up.told(happening)
        self._store.add_event(self._clocks.wall_s(), *row_of(happening))
        self._untold.append(happening)

    def _send_roster(self, roster: SendRoster) -> None:
        self._store.set_state(self._core.state.value)
        peers = self._whereabouts.introductions if roster.daemon is None else [roster.daemon]
        told = self._whereabouts.of_fed(self._commands)
        for peer in peers:
            number = self._switchboard.number_of(peer)
            self._switchboard.say(peer, round_start(number, roster, told))

    def _start_again(self, again: StartAgain) -> None:
        """Start the next incarnation of a daemon, in the place of the one before."""
        first = self._commands[again.daemon]
        arguments = replace(first.arguments, incarnation=again.incarnation)
        self._engine.start(replace(first, arguments=arguments, cause=again.cause))

    def _end_run(self, state: RunState, reason: Reason) -> None:
        text = f"{reason.text}\n{reason.details}".strip()
        self._store.set_state(
            state.value,
            reason_kind=reason.kind.value,
            reason=text,
            ended_at=self._clocks.wall_s(),
        )
        self._exchange.close(f"the run is over: {reason.text}")
        for peer in self._whereabouts.introductions:
            self._say_stop(peer, reason)

    def _say_stop(self, peer: str, reason: Reason) -> None:
        number, done = self._switchboard.number_of(peer), self._core.state is RunState.COMPLETED
        self._switchboard.say(peer, Stop(number, reason.text, done))

    # ------------------------------------------------------------------ the way out

    def _wind_down(self) -> None:
        """Let the daemons leave by themselves, for a bounded time."""
        deadline = self._clocks.monotonic_s() + self._grace_s()
        while self._alive or self._core.unheard:
            if not self._alive:  # The frames are here, or will be in a moment.
                deadline = min(deadline, self._clocks.monotonic_s() + LAST_WORDS_S)
            if self._clocks.monotonic_s() >= deadline:
                break
            self._interrupts.heard()
            if self._interrupts.count > 1:
                return
            remaining_s = max(0.0, deadline - self._clocks.monotonic_s())
            arrivals = self._wait(min(TURN_S, remaining_s))
            with self._store.batch():
                self._take_in(arrivals)
                self._carry_out()
            self._send()
        for happening in self._strangers.counted(self._endpoint.strangers):
            self._tell(happening)
        self._tell_observers()

    def _grace_s(self) -> float:
        """How long daemons may take: little when work is under way that nobody needs."""
        if self._interrupts.count > 1:
            return 0.0
        patient = self._core.state is RunState.COMPLETED
        return self._topology.limits.stop_timeout_s if patient else URGENT_GRACE_S

    def _send(self) -> None:
        self._outbox.retry()
        for interrupted in self._outbox.take_interrupted():
            self._switchboard.interrupted(interrupted)
        leaving = self._switchboard.take_outgoing()
        self._outbox.send_all([(one.connection, one.frames) for one in leaving])

    def _tell_observers(self) -> None:
        untold, self._untold = self._untold, []
        for happening in untold:
            for observer in self._observers:
                observer(happening)
