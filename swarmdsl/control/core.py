"""The controller's core: what happened in, what to do out. No clock, no socket, no process.

A round is over when the run has its values and all instances are done with it: what they pushed has
been used. So nothing that anybody needs is on its way between two rounds, and a daemon that dies
there takes nothing with it but the inputs that its functions had kept. One that dies within a round
is started anew, and does again what it is not done with.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from swarmdsl.control import reasons
from swarmdsl.control.arrivals import Arrivals
from swarmdsl.control.closing import Closing
from swarmdsl.control.comeback import Comeback
from swarmdsl.control.course import Course
from swarmdsl.control.daemons import DaemonTable, memory_limits
from swarmdsl.control.happenings import (
    DaemonConnected,
    IrregularitiesCounted,
    StateChanged,
    StopRequested,
)
from swarmdsl.control.instructions import Dismiss, EndRun, Instruction, Tell
from swarmdsl.control.journal import (
    AnyRecord,
    DaemonMet,
    DaemonRestarted,
    RoundBegun,
    RoundRequested,
    StopAsked,
)
from swarmdsl.control.lost_daemons import LostDaemons
from swarmdsl.control.movement import Movement
from swarmdsl.control.orders import Orders
from swarmdsl.control.overtime import Overtime
from swarmdsl.control.placing import Placing
from swarmdsl.control.remembered import Remembered
from swarmdsl.control.replacing import Replacing
from swarmdsl.control.retold import Worked, retold, stolen
from swarmdsl.control.retrying import Retrying
from swarmdsl.control.roster import Asked, request_for
from swarmdsl.control.rounds import place_of
from swarmdsl.control.silence import Silence, waiting
from swarmdsl.control.state import DaemonPhase, Reason, ReasonKind, RunState
from swarmdsl.control.supervision import StartAgain
from swarmdsl.daemon.reports import (
    AnyReport,
    DaemonLeft,
    LinkRefused,
    Measured,
    MemoryMade,
    PositionReached,
    PushesForgotten,
    SnapshotTaken,
    SourceBegun,
    WorkConfirmed,
    WorkFailed,
    WorkFinished,
    WorkRetried,
    WorkReturned,
    WorkStarted,
    WorkTaken,
)
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.fused import executed
from swarmdsl.topology.model import Topology
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Former


class ControlCore:
    """Decides when a round begins and is over, what the next one is, and how the run ends.

    Attributes:
        state: of the run.
        reason: why it ended; None before.
        movement: what is seen of the work; who sees it counts it there.
        placing: takes another order of the nodes of tasks.
    """

    def __init__(self, topology: Topology, run: str) -> None:
        self.state = RunState.STARTING
        self.reason: Reason | None = None
        self.movement = Movement()
        self._topology = topology = executed(topology).topology
        self._run = run
        self._remembered = Remembered(topology)
        self._rounds = self._remembered.rounds
        self._losses = self._remembered.losses
        self._supervision = self._remembered.supervision
        names = [one.name for one in expand_daemons(topology)]
        self._daemons = DaemonTable(names, memory_limits(topology))
        self._orders = Orders()
        self._silence = Silence()
        self._comeback = Comeback(self._orders)
        self._course = Course(topology.tasks, self._remembered, self._daemons, self._orders)
        parts = topology, self._remembered, self._daemons, self._orders, self._course
        self._closing = Closing(*parts)
        self._lost = LostDaemons(
            topology, self._remembered, self._daemons, self._course, self._orders
        )
        self._arrivals = Arrivals(
            topology, self._remembered, self._daemons, self._lost, self._orders
        )
        self._replacing = Replacing(self._remembered, self._daemons, self._lost, self._orders)
        self.placing = Placing(topology, self._rounds, self._orders)
        self._retrying = Retrying(
            topology, self._remembered, self._daemons, self._lost, self._orders
        )
        self._overtime = Overtime(
            topology, self._remembered, self._daemons, self._lost, self._retrying, self._orders
        )
        self._orders.tell(StateChanged(run=run, state=self.state))

    @classmethod
    def recovered(cls, topology: Topology, run: str, records: Iterable[AnyRecord]) -> ControlCore:
        """The core of a run whose controller died, from what that one wrote to its journal.

        It knows nothing yet of the daemons that live: see `resume`.
        """
        core = cls(topology, run)
        for record in records:
            core._remembered.recall(record)
        if core.round >= 0:
            core.state = RunState.RUNNING
            core._daemons.lose_sight()
        core._orders.drain()
        core._orders.tell(StateChanged(run=run, state=core.state))
        core._lost.remember()
        return core

    def recall_incarnations(self, incarnations: Mapping[str, int]) -> None:
        """What the engine says was started, which may be news to the journal.

        A controller may die between the start of a daemon and the commit that tells of it.
        """
        self._remembered.recall_incarnations(incarnations)

    def find(self, alive: Iterable[str], now_s: float) -> None:
        """The engine says that these daemons live."""
        self._arrivals.find(alive, now_s)

    def resume(
        self, alive: AbstractSet[str], now_s: float, unstarted: AbstractSet[str] = frozenset()
    ) -> None:
        """Go on with the daemons that live; the others are started anew.

        The first round only begins when all have connected, so a first incarnation has, and of
        later ones the journal tells: who says nothing is busy. Others must connect in time.

        Args:
            alive: the daemons whose processes live.
            now_s: the time.
            unstarted: those that never had a process: there is nothing to lose.
        """
        strangers = self._supervision.strangers
        missing = self._daemons.missing()
        self._comeback.begin(one for one in missing if self.round < 0 or one not in alive)
        for daemon in missing:
            if daemon in alive:
                if self.round < 0 or daemon in strangers:
                    self._supervision.expect(daemon, now_s)
            elif daemon in unstarted:
                self._supervision.begin(daemon, now_s)
            elif not self._supervision.is_restarting(daemon):
                self._perhaps_fail(self._lost.lose(daemon, reasons.lost_unseen(daemon), now_s))
        self._perhaps_fail(self._lost.grow())
        self._course.perhaps_finish()
        self._comeback.settled(self.gone)

    @property
    def round(self) -> int:
        """The round that runs, or ran last; -1 before the first."""
        return self._rounds.number

    @property
    def between_rounds(self) -> bool:
        """Whether a round is over, and `proceed` has not been called yet."""
        return self._course.between_rounds

    @property
    def seated(self) -> Mapping[int, Sequence[int]]:
        """Per task that has taken part in a round, the candidates that took part last."""
        return self._rounds.seated

    @property
    def gone(self) -> Collection[str]:
        """The daemons that the round does without: lost for good, or not there yet."""
        return self._rounds.gone

    def drain(self) -> list[Instruction]:
        """The instructions since the last call, in order."""
        return self._orders.drain()

    # ------------------------------------------------------------------ what happened

    def knows(self, daemon: str) -> bool:
        """Whether the topology has a daemon of this name; nobody else is listened to."""
        return self._daemons.knows(daemon)

    def connected(self, daemon: str) -> None:
        """A daemon has introduced itself, perhaps once more: what it was told may be lost."""
        if self.state.final:
            return
        outside = self._arrivals.is_outside(daemon)
        if outside and not self._arrivals.connect(daemon):
            self._orders.add(Dismiss(daemon=daemon))
            return
        if self._supervision.connected(daemon):
            self._orders.note(DaemonMet(daemon))
        if self._daemons.connect(daemon, self._rounds.unfinished_on(daemon)):
            missing = self._daemons.missing()
            self._orders.tell(DaemonConnected(daemon=daemon, missing=len(missing)))
            if not outside:
                self._replacing.connected(daemon)
        if self.state is not RunState.RUNNING:
            self._perhaps_begin()
        elif not outside:
            self._course.send_roster(daemon)
        self._comeback.settled([daemon])

    def moved(self) -> None:
        """Some listen elsewhere than before: all are told where."""
        if self.state is RunState.RUNNING:
            self._course.send_roster(None)

    def _perhaps_begin(self) -> None:
        """Begin the first round, if all have connected but those that it goes on without.

        It waits, if the only nodes that can run some task are awaited.
        """
        if self.state is not RunState.STARTING or self._daemons.missing():
            return
        if not self._lost.bereft():
            self.state = RunState.RUNNING
            self._orders.tell(StateChanged(run=self._run, state=self.state))
            self._begin_round()

    def reported(self, daemon: str, report: AnyReport) -> None:
        """A daemon said what it does."""
        self._daemons.report(daemon, report)
        if isinstance(report, DaemonLeft) and (report.counts or report.links):
            self._orders.tell(
                IrregularitiesCounted(daemon=daemon, counts=report.counts, links=report.links)
            )
        if self.state.final:
            return
        match report:
            case WorkRetried(leaves=True):
                self._perhaps_fail(self._retrying.follow(daemon, report))
            case WorkStarted() | WorkRetried():
                self._retell(report)
            case WorkFinished(instance, number):
                self._retell(report)
                self._closing.finished(self._rounds.instances[instance], number)
            case WorkTaken():
                alias = self._rounds.instances[report.instance].alias
                self._orders.tell(stolen(report, alias, daemon))
            case WorkFailed() if not self._arrivals.is_outside(daemon):
                task = self._rounds.instances[report.instance].task
                before = self._rounds.attempts.told(self._topology, task)
                self.end(RunState.FAILED, reasons.failed(report, before))
            case WorkConfirmed(instance, number):
                spec = self._rounds.instances[instance]
                if number == self.round and self._rounds.is_open(place_of(spec)):
                    self._retell(report)
                    self._closing.confirmed(spec)
            case LinkRefused():
                self.end(RunState.FAILED, reasons.refused(report))
            case SourceBegun(instance, number) if number == self.round:
                self._losses.begun(instance, number)
                self._orders.note(RoundBegun(instance))
            case MemoryMade(instance):
                self._orders.note(self._remembered.memories.begun(instance))
            case PushesForgotten():
                self._losses.told(report)
            case SnapshotTaken() | PositionReached():
                self.movement.states += 1
            case DaemonLeft() | WorkFailed() | SourceBegun() | Measured() | WorkReturned():
                pass  # the table of daemons has it, or the store

    def _retell(self, report: Worked) -> None:
        self._orders.tell(retold(report, self._rounds.instances[report.instance].alias))

    def ended(self, channel: ChannelKey, number: int) -> None:
        """A task that feeds the run has pushed all it had to push in a round."""
        if number == self.round:
            self._closing.fed(channel)

    def exited(
        self,
        daemon: str,
        exit_code: int | None,
        signal: int | None,
        now_s: float,
        last_words: str = "",
        at: str = "",
        problem: str = "",
    ) -> None:
        """A daemon's process has ended: the end of its log, at which push, and why if known."""
        if self.state.final:
            if exit_code == 0:
                self._daemons.await_last_words(daemon)
            return
        if self._supervision.is_restarting(daemon):
            return  # a death that is known: nothing of this name has been started since
        if self._arrivals.is_outside(daemon):
            lost = self._daemons.exit(daemon, exit_code, signal, last_words, problem=problem)
            self._arrivals.exit(daemon, lost, now_s)
            self._replacing.forget(daemon)
            return
        if self._replacing.is_ending(daemon):
            self._perhaps_fail(self._replacing.follow(daemon, now_s))
            return
        if late := self._overtime.late_on(daemon, exit_code, last_words):
            self._perhaps_fail(self._overtime.follow(daemon, late, last_words, now_s, at))
            return
        to_do = self._rounds.to_do_on(daemon)
        tries = self._supervision.tries(daemon, now_s)
        by_code = self._daemons.is_ended_by_code(daemon, exit_code, signal)
        told = (last_words, to_do, self.round, tries, at, problem)
        lost = self._daemons.exit(daemon, exit_code, signal, *told)
        if lost.kind is ReasonKind.START_FAILED and signal is None:
            self.end(RunState.FAILED, lost)  # It would fail again.
        else:
            self._perhaps_fail(self._lost.lose(daemon, lost, now_s, by_code=by_code))
            self._course.perhaps_finish()  # it may have been the only one that was waited for
            self._perhaps_begin()
            self._comeback.settled(self.gone)

    def _perhaps_fail(self, fatal: Reason | None) -> None:
        if fatal is not None:
            self.end(RunState.FAILED, fatal)

    def has_left(self, daemon: str) -> bool:
        """Whether a daemon has said its last words."""
        return self._daemons.phase(daemon) is DaemonPhase.LEFT

    @property
    def unheard(self) -> bool:
        """Whether last words of a daemon that ended in good order are still on their way."""
        return self._daemons.unheard

    def node_lost(self, node: str, problem: str) -> None:
        """A node cannot host daemons, and what it hosted is gone."""
        if self.state.final:
            return
        self._perhaps_fail(self._arrivals.lose(node, problem))
        self._course.perhaps_finish()  # its daemons may have been all that was waited for
        self._perhaps_begin()
        self._comeback.settled(self.gone)

    def node_joined(self, node: str, now_s: float) -> None:
        """A node can host daemons: those that the run does without take part in the next round."""
        if not self.state.final:
            self._arrivals.join(node, now_s)

    def replace(self, daemon: str, cause: str) -> None:
        """End a daemon on purpose, with its container, and start another in its place."""
        if not self.state.final:
            self._replacing.ask(daemon, cause)

    def suspended(self, daemon: str, now_s: float) -> None:
        """A daemon's process was stopped; it may be continued, or else it is killed in time."""
        self._supervision.suspended(daemon, now_s)

    def continued(self, daemon: str) -> None:
        """A daemon's process goes on."""
        self._supervision.continued(daemon)

    def tick(self, now_s: float) -> float:
        """Do what is due; returns when something will be next."""
        if self.state.final:
            return math.inf
        for action in self._supervision.tick(now_s):
            if isinstance(action, StartAgain):
                self._orders.note(DaemonRestarted(action.daemon, action.incarnation))
            self._orders.add(action)
        self.movement.look(now_s)
        if self._silence.is_long(now_s, self._orders.told):
            self._say_waiting(now_s)
        return min(self._supervision.next_s(), self._silence.next_s())

    def _say_waiting(self, now_s: float) -> None:
        seen = (self._daemons, self._rounds.instances, self._silence, self.movement)
        found = waiting(self._topology, *seen, now_s)
        self._orders.add(Tell(happening=found))  # which ends no silence

    def start_failed(self, daemon: str, problem: str) -> None:
        """A daemon could not be started."""
        self.end(RunState.FAILED, reasons.start_failed(daemon, problem))

    def start_timed_out(self, timeout_s: float) -> None:
        """Too much time has passed since the start; decisive only if daemons are missing."""
        if self.state is RunState.STARTING:
            if missing := self._arrivals.time_is_up():
                needed = self._daemons.count
                self.end(RunState.FAILED, reasons.start_timed_out(missing, needed, timeout_s))
            else:
                self._perhaps_fail(self._arrivals.nobody_for())
                self._perhaps_begin()
        self._comeback.timed_out()

    def engine_lost(self, problem: str) -> None:
        """The engine no longer knows its daemons."""
        self.end(RunState.FAILED, reasons.engine_lost(problem))

    def interrupted(self, *, killed: bool = False) -> None:
        """The user wants the run to end now, by `swarm kill` or by a signal such as Ctrl-C."""
        at_work = self._daemons.at_work()
        self.end(RunState.STOPPED, reasons.interrupted(self.round, at_work, killed=killed))

    # ------------------------------------------------------------------ what tasks ask for

    def request_round(self, alias: Asked, node_ids: Sequence[str] | None) -> None:
        """A task wants another round.

        Raises:
            CallFailed: it asked for what there is not.
        """
        request = request_for(self._topology, alias, node_ids, self._rounds.left_out())
        if self.state.final or request in self._remembered.requests:
            return
        self._remembered.requests.append(request)
        self._orders.note(RoundRequested(request.tasks, request.nodes))

    def request_stop(self) -> None:
        """A task wants no further round; sources that have no end of their own end now."""
        if not self._remembered.stop_requested:
            self._remembered.stop_requested = True
            self._orders.note(StopAsked())
            self._orders.tell(StopRequested(round=self.round if self.round >= 0 else None))
            if self.state is RunState.RUNNING:
                self._course.send_roster(None)

    # ------------------------------------------------------------------ rounds

    def _begin_round(self) -> None:
        decided = self._course.plan(self._remembered.take_requests())
        fatal = self._lost.objection(decided)
        if fatal is None:
            self._course.begin(decided)
        self._perhaps_fail(fatal)

    def last_begun(self, instance: str) -> int:
        """The last round that a source which cannot be asked again has begun; -1 if none."""
        return self._losses.last_begun(instance)

    def former(self, channels: Iterable[Former]) -> None:
        """A daemon was started anew; what came to the run of its former process is kept."""
        kept_max = self._topology.limits.unconfirmed_messages
        for one in channels:
            if one.inlet.channel.link >= 0:
                self._losses.told(self._remembered.forgotten(one, kept_max))

    def has_been_fed(self, channel: ChannelKey, number: int) -> bool:
        """Whether all that a channel carries to the run in a round has come."""
        return self._rounds.has_been_fed(channel, number)

    def open_ends_of(self, daemon: str) -> list[ChannelKey]:
        """The channels to the run on which a daemon has still something to push in this round."""
        return self._rounds.open_ends_of(daemon)

    def proceed(self) -> None:
        """Begin the next round, or end the run, if a round is over.

        A step of its own, so that whoever watches has seen the end of one round, and whatever
        happened by then is known, before the next is decided.
        """
        if not self.between_rounds or self.state.final:
            return
        self._course.between_rounds = False
        over = reasons.over(
            self._topology.max_iteration,
            self.round + 1,
            asked=bool(self._remembered.requests),
            stopped=self._remembered.stop_requested,
            missing=self._rounds.missing_since(),
            missed=self._rounds.missed_by(),
            forgot=self._remembered.memories.lost,
        )
        if over is None:
            self._begin_round()
        else:
            self.end(RunState.COMPLETED, over)

    def end(self, state: RunState, reason: Reason) -> None:
        """End the run; whatever happens afterwards changes nothing."""
        if self.state.final:
            return
        self.state, self.reason = state, reason
        self._course.closed = True
        self._orders.tell(StateChanged(run=self._run, state=state, reason=reason))
        self._orders.add(EndRun(state=state, reason=reason))
