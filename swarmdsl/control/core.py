"""The controller's core: what happened in, what to do out. No clock, no socket, no process.

A round is over when the run has its values and all that was pushed has been confirmed. So nothing
is on its way between two rounds, and a daemon that dies there takes nothing with it but the inputs
that its functions had kept. One that dies within a round is started anew, and does again what it is
not done with.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from swarmdsl.control import reasons
from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonGivenUp,
    DaemonLost,
    Happening,
    InstanceConfirmed,
    InstanceFinished,
    InstanceRetried,
    InstanceStarted,
    IrregularitiesCounted,
    RoundFinished,
    RoundStarted,
    StateChanged,
)
from swarmdsl.control.instructions import EndRun, Instruction, Note, SendRoster, Tell
from swarmdsl.control.journal import (
    AnyRecord,
    DaemonMet,
    DaemonRestarted,
    InstanceDone,
    RoundBegun,
    RoundDecided,
    RoundRequested,
    RunFed,
    StopAsked,
)
from swarmdsl.control.remembered import Remembered
from swarmdsl.control.roster import Request, request_for
from swarmdsl.control.rounds import place_of
from swarmdsl.control.state import Reason, ReasonKind, RunState
from swarmdsl.control.supervision import StartAgain
from swarmdsl.daemon.reports import (
    AnyReport,
    DaemonLeft,
    LinkRefused,
    PositionReached,
    PushesForgotten,
    SnapshotTaken,
    SourceBegun,
    WorkConfirmed,
    WorkFailed,
    WorkFinished,
    WorkRetried,
    WorkStarted,
    forgotten,
)
from swarmdsl.topology.expand import InstanceSpec, expand_daemons
from swarmdsl.topology.model import Topology
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Former

LOST_UNSEEN = "daemon {} was not there any more when the controller came back"


class ControlCore:
    """Decides when a round begins and is over, what the next one is, and how the run ends.

    Attributes:
        state: of the run.
        reason: why it ended; None before.
        between_rounds: a round is over, and `proceed` has not been called yet.
    """

    def __init__(self, topology: Topology, run: str) -> None:
        self.state = RunState.STARTING
        self.reason: Reason | None = None
        self.between_rounds = False
        self._topology = topology
        self._run = run
        self._remembered = Remembered(topology)
        self._rounds = self._remembered.rounds
        self._losses = self._remembered.losses
        self._supervision = self._remembered.supervision
        self._daemons = DaemonTable([one.name for one in expand_daemons(topology)])
        self._given_up: Reason | None = None
        self._instructions: list[Instruction] = [
            Tell(happening=StateChanged(run=run, state=self.state))
        ]

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
        core._instructions = [Tell(happening=StateChanged(run=run, state=core.state))]
        core._remember_gone()
        return core

    def _remember_gone(self) -> None:
        """An earlier controller gave these daemons up."""
        for daemon in self._rounds.gone:
            self._daemons.give_up(daemon)
            text = f"daemon {daemon} was lost for good before the controller came back"
            self._given_up = Reason(kind=ReasonKind.DAEMON_LOST, text=text)
            self._tell(DaemonGivenUp(daemon=daemon, text=text))

    def recall_incarnations(self, incarnations: Mapping[str, int]) -> None:
        """What the engine says was started, which may be news to the journal.

        A controller may die between the start of a daemon and the commit that tells of it.
        """
        known = self._supervision.incarnations
        for daemon, incarnation in incarnations.items():
            if incarnation > known.get(daemon, 0):
                self._rounds.forget(daemon)
        self._supervision.recall(incarnations)

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
        for daemon in self._daemons.missing():
            if daemon in alive:
                if self.round < 0 or daemon in strangers:
                    self._supervision.expect(daemon, now_s)
            elif daemon in unstarted:
                self._supervision.begin(daemon, now_s)
            elif not self._supervision.is_restarting(daemon):
                self._lose(daemon, LOST_UNSEEN.format(daemon), now_s)
        self._grow()
        self._perhaps_finish_round()

    @property
    def round(self) -> int:
        """The round that runs, or ran last; -1 before the first."""
        return self._rounds.number

    def drain(self) -> list[Instruction]:
        """The instructions since the last call, in order."""
        instructions, self._instructions = self._instructions, []
        return instructions

    # ------------------------------------------------------------------ what happened

    def knows(self, daemon: str) -> bool:
        """Whether the topology has a daemon of this name; nobody else is listened to."""
        return self._daemons.knows(daemon)

    def connected(self, daemon: str) -> None:
        """A daemon has introduced itself, perhaps once more: what it was told may be lost."""
        if self.state.final:
            return
        if self._supervision.connected(daemon):
            self._note(DaemonMet(daemon))
        missing = self._daemons.missing()
        if self._daemons.connect(daemon, self._rounds.unfinished_on(daemon)):
            missing = self._daemons.missing()
            self._tell(DaemonConnected(daemon=daemon, missing=len(missing)))
        if self.state is RunState.RUNNING:
            self._send_roster(daemon)
        elif not missing:
            self.state = RunState.RUNNING
            self._tell(StateChanged(run=self._run, state=self.state))
            self._begin_round([])

    def reported(self, daemon: str, report: AnyReport) -> None:
        """A daemon said what it does."""
        self._daemons.report(daemon, report)
        if isinstance(report, DaemonLeft) and (report.counts or report.links):
            self._tell(
                IrregularitiesCounted(daemon=daemon, counts=report.counts, links=report.links)
            )
        if self.state.final:
            return
        match report:
            case WorkStarted(instance, number):
                alias = self._rounds.instances[instance].alias
                self._tell(InstanceStarted(instance=instance, alias=alias, round=number))
            case WorkFinished():
                self._finished(report)
            case WorkRetried():
                self._retried(report)
            case WorkFailed():
                self.end(RunState.FAILED, reasons.failed(report))
            case WorkConfirmed(instance, number):
                alias = self._rounds.instances[instance].alias
                self._tell(InstanceConfirmed(instance=instance, alias=alias, round=number))
                self._confirmed(self._rounds.instances[instance], number)
            case LinkRefused(peer, by, reason):
                text = f"daemon {peer} was refused by {by}: {reason}"
                self.end(RunState.FAILED, Reason(kind=ReasonKind.LINK_REFUSED, text=text))
            case SourceBegun(instance, number) if number == self.round:
                self._losses.begun(instance, number)
                self._note(RoundBegun(instance))
            case PushesForgotten():
                self._losses.told(report)
            case DaemonLeft() | SnapshotTaken() | PositionReached() | SourceBegun():
                pass  # the table of daemons has it, or the store

    def _confirmed(self, instance: InstanceSpec, number: int) -> None:
        """An instance is done with a round, for good."""
        place = place_of(instance)
        if number == self.round and self._rounds.finish(place):
            self._losses.confirmed(place)
            self._note(InstanceDone(*place))
            if self._daemons.is_absent(instance.daemon):  # its last words came after its end
                self._rounds.forget(instance.daemon)
            self._perhaps_finish_round()

    def _retried(self, report: WorkRetried) -> None:
        self._tell(
            InstanceRetried(
                instance=report.instance,
                alias=self._rounds.instances[report.instance].alias,
                round=report.round,
                text=f"{report.error}: {report.problem}" if report.problem else report.error,
                failures=report.failures,
                attempts=report.attempts,
                again_in_s=report.again_in_s,
            )
        )

    def _finished(self, report: WorkFinished) -> None:
        alias = self._rounds.instances[report.instance].alias
        self._tell(
            InstanceFinished(
                instance=report.instance,
                alias=alias,
                round=report.round,
                seconds=report.seconds,
            )
        )

    def ended(self, channel: ChannelKey, number: int) -> None:
        """A task that feeds the run has pushed all it had to push in a round."""
        if number == self.round and self._rounds.feed(channel):
            self._note(RunFed(channel.link, channel.source))
            self._perhaps_finish_round()

    def exited(
        self,
        daemon: str,
        exit_code: int | None,
        signal: int | None,
        now_s: float,
        last_words: str = "",
    ) -> None:
        """A daemon's process has ended; `last_words` is the end of its log."""
        if self.state.final:
            if exit_code == 0:
                self._daemons.await_last_words(daemon)
            return
        if self._supervision.is_restarting(daemon):
            return  # a death that is known: nothing of this name has been started since
        lost = self._daemons.exit(daemon, exit_code, signal, last_words)
        if lost.kind is ReasonKind.START_FAILED and signal is None:
            self.end(RunState.FAILED, lost)  # It would fail again.
        else:
            self._lose(daemon, lost.text, now_s, lost)

    def _lose(self, daemon: str, text: str, now_s: float, reason: Reason | None = None) -> None:
        """A daemon is gone: start it anew, or do without it, or end the run."""
        again_in_s = self._supervision.lost(daemon, now_s)
        if again_in_s is None:
            known = reason or Reason(kind=ReasonKind.DAEMON_LOST, text=text)
            self._give_up(daemon, reasons.lost_for_good(known, self._topology.limits))
            return
        text += self._remembered.count_losses(daemon)
        self._tell(DaemonLost(daemon=daemon, text=text, again_in_s=again_in_s))
        self._daemons.restart(daemon)
        self._rounds.forget(daemon)
        self._grow()

    def _grow(self) -> None:
        """Add to the round the sources of those that have lost what they had kept of them."""
        if self.state is RunState.RUNNING and not self.between_rounds:
            growth = self._rounds.growth(self._supervision.incarnations)
            if growth is not None:
                self._decide(growth)

    def _give_up(self, daemon: str, reason: Reason) -> None:
        """Go on without a daemon, if others can do its work; else end the run."""
        self._rounds.give_up(daemon)
        decided = None
        if not self.between_rounds and self.state is RunState.RUNNING:
            decided = self._rounds.move(daemon, self._supervision.incarnations)
        if decided is None and not self.between_rounds:
            self.end(RunState.FAILED, reason)
            return
        self._daemons.give_up(daemon)
        self._given_up = reason
        self._tell(DaemonGivenUp(daemon=daemon, text=reason.text))
        if decided is not None:
            self._decide(decided)

    @property
    def unheard(self) -> bool:
        """Whether last words of a daemon that ended in good order are still on their way."""
        return self._daemons.unheard

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
                self._note(DaemonRestarted(action.daemon, action.incarnation))
            self._instructions.append(action)
        return self._supervision.next_s()

    def start_failed(self, daemon: str, problem: str) -> None:
        """A daemon could not be started."""
        text = f"{daemon} could not be started: {problem}"
        self.end(RunState.FAILED, Reason(kind=ReasonKind.START_FAILED, text=text))

    def start_timed_out(self, timeout_s: float) -> None:
        """Too much time has passed since the start; decisive only if daemons are missing."""
        if self.state is RunState.STARTING:
            missing = self._daemons.missing()
            self.end(RunState.FAILED, reasons.start_timed_out(missing, timeout_s))

    def engine_lost(self, problem: str) -> None:
        """The engine no longer knows its daemons."""
        text = f"the engine was lost: {problem}"
        self.end(RunState.FAILED, Reason(kind=ReasonKind.ENGINE_LOST, text=text))

    def interrupted(self) -> None:
        """The user wants the run to end now."""
        at = f"in round {self.round}" if self.round >= 0 else "before the first round"
        at_work = self._daemons.at_work()
        text = f"interrupted {at}" + (f", at work on {at_work}" if at_work else "")
        self.end(RunState.STOPPED, Reason(kind=ReasonKind.INTERRUPTED, text=text))

    # ------------------------------------------------------------------ what tasks ask for

    def request_round(self, alias: str | None, node_ids: Sequence[str] | None) -> None:
        """A task wants another round.

        Raises:
            CallFailed: it asked for what there is not.
        """
        request = request_for(self._topology, alias, node_ids)
        if self.state.final or request in self._remembered.requests:
            return
        self._remembered.requests.append(request)
        self._note(RoundRequested(request.tasks, request.nodes))

    def request_stop(self) -> None:
        """A task wants no further round; sources that have no end of their own end now."""
        if not self._remembered.stop_requested:
            self._remembered.stop_requested = True
            self._note(StopAsked())
            if self.state is RunState.RUNNING:
                self._send_roster(None)

    # ------------------------------------------------------------------ rounds

    def _begin_round(self, requests: Sequence[Request]) -> None:
        decided = self._rounds.next(requests, self._supervision.incarnations)
        needed = self._rounds.needed(decided.members)
        if needed and self._given_up is not None:
            self.end(RunState.FAILED, reasons.needed(self._given_up, decided.round, needed))
            return
        self._losses.begin_round()
        self._decide(decided)
        self._daemons.begin_round(self._rounds.working)
        self._tell(RoundStarted(round=self.round, instances=self._rounds.counts()))

    def _decide(self, decided: RoundDecided) -> None:
        decided = msgspec.structs.replace(decided, strangers=self._supervision.strangers)
        self._note(decided)
        before = Counter(self._rounds.working)
        self._rounds.decide(decided)
        if decided.revision:
            self._daemons.join_round(Counter(self._rounds.working) - before)
        self._send_roster(None)

    def _send_roster(self, daemon: str | None) -> None:
        if not self.between_rounds:
            rounds = self._rounds
            self._instructions.append(
                SendRoster(
                    daemon=daemon,
                    round=rounds.number,
                    revision=rounds.revision,
                    members=rounds.members,
                    done=frozenset(rounds.done),
                    first=rounds.replaced(),
                    absent=rounds.absent(),
                    last=self._remembered.stop_requested,
                )
            )

    def last_begun(self, instance: str) -> int:
        """The last round that a source which cannot be asked again has begun; -1 if none."""
        return self._losses.last_begun(instance)

    def former(self, channels: Iterable[Former]) -> None:
        """A daemon was started anew; what came to the run of its former process is kept."""
        for one in channels:
            if one.inlet.channel.link >= 0:
                source = self._rounds.name_of(one.inlet.channel)
                ended = self._rounds.has_been_fed(one.inlet.channel, self.round)
                kept_max = self._topology.limits.unconfirmed_messages
                self._losses.told(
                    forgotten(source, one, (0, one.unconfirmed), kept_max, ended=ended)
                )

    def has_been_fed(self, channel: ChannelKey, number: int) -> bool:
        """Whether all that a channel carries to the run in a round has come."""
        return self._rounds.has_been_fed(channel, number)

    def open_ends_of(self, daemon: str) -> list[ChannelKey]:
        """The channels to the run on which a daemon has still something to push in this round."""
        return self._rounds.open_ends_of(daemon)

    def _perhaps_finish_round(self) -> None:
        running = self.state is RunState.RUNNING and not self.between_rounds
        if not running or not self._rounds.complete:
            return
        self._daemons.end_round()
        for loss in self._losses.end_round(self.round):
            self._tell(loss)
        self._supervision.round_finished()
        self._tell(RoundFinished(round=self.round))
        self.between_rounds = True

    def proceed(self) -> None:
        """Begin the next round, or end the run, if a round is over.

        A step of its own, so that whoever watches has seen the end of one round, and whatever
        happened by then is known, before the next is decided.
        """
        if not self.between_rounds or self.state.final:
            return
        self.between_rounds = False
        requests = self._remembered.take_requests()
        over = reasons.over(
            self._topology.max_iteration,
            self.round + 1,
            asked=bool(requests),
            stopped=self._remembered.stop_requested,
        )
        if over is None:
            self._begin_round(requests)
        else:
            self.end(RunState.COMPLETED, over)

    def end(self, state: RunState, reason: Reason) -> None:
        """End the run; whatever happens afterwards changes nothing."""
        if self.state.final:
            return
        self.state, self.reason = state, reason
        self._tell(StateChanged(run=self._run, state=state, reason=reason))
        self._instructions.append(EndRun(state=state, reason=reason))

    def _tell(self, happening: Happening) -> None:
        self._instructions.append(Tell(happening=happening))

    def _note(self, record: AnyRecord) -> None:
        self._instructions.append(Note(record=record))
