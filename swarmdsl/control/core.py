"""The controller's core: what happened in, what to do out. No clock, no socket, no process.

A round is over when the run has its values and all that was pushed has been confirmed. So nothing
is on its way between two rounds, and a daemon that dies there takes nothing with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import (
    DaemonConnected,
    Happening,
    InstanceConfirmed,
    InstanceFinished,
    InstanceStarted,
    IrregularitiesCounted,
    RoundFinished,
    RoundStarted,
    StateChanged,
)
from swarmdsl.control.roster import Request, request_for, roster
from swarmdsl.control.state import Reason, ReasonKind, RunState
from swarmdsl.daemon.reports import (
    AnyReport,
    DaemonLeft,
    LinkRefused,
    WorkConfirmed,
    WorkFailed,
    WorkFinished,
    WorkStarted,
)
from swarmdsl.topology.expand import expand_daemons, expand_instances
from swarmdsl.topology.model import RUN, Topology
from swarmdsl.wire.messages import ChannelKey


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginRound:
    """Send this roster to every daemon."""

    round: int
    members: dict[int, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRun:
    """Stop every daemon; the run is in its final state."""

    state: RunState
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell the observers, and the store."""

    happening: Happening


Instruction = BeginRound | EndRun | Tell


class ControlCore:
    """Decides when a round begins and is over, what the next one is, and how the run ends.

    Attributes:
        state: of the run.
        reason: why it ended; None before.
        round: the round that runs, or ran last; -1 before the first.
        between_rounds: a round is over, and `proceed` has not been called yet.
    """

    def __init__(self, topology: Topology, run: str) -> None:
        self.state = RunState.STARTING
        self.reason: Reason | None = None
        self.round = -1
        self.between_rounds = False
        self._topology = topology
        self._run = run
        self._instances = {one.name: one for one in expand_instances(topology)}
        self._daemons = DaemonTable([one.name for one in expand_daemons(topology)])
        self._members: dict[int, list[int]] = {}
        self._earlier: dict[int, list[int]] = {}
        self._unconfirmed: set[str] = set()
        self._open_ends: set[ChannelKey] = set()
        self._requests: list[Request] = []
        self._stop_requested = False
        self._instructions: list[Instruction] = [
            Tell(happening=StateChanged(run=run, state=self.state))
        ]

    def drain(self) -> list[Instruction]:
        """The instructions since the last call, in order."""
        instructions, self._instructions = self._instructions, []
        return instructions

    # ------------------------------------------------------------------ what happened

    def knows(self, daemon: str) -> bool:
        """Whether the topology has a daemon of this name; nobody else is listened to."""
        return self._daemons.knows(daemon)

    def connected(self, daemon: str) -> None:
        """A daemon has introduced itself."""
        if self.state.final:
            return
        if not self._daemons.connect(daemon):
            self._repeat_round()
            return
        missing = self._daemons.missing()
        self._tell(DaemonConnected(daemon=daemon, missing=len(missing)))
        if self.state is RunState.STARTING and not missing:
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
                alias = self._instances[instance].alias
                self._tell(InstanceStarted(instance=instance, alias=alias, round=number))
            case WorkFinished():
                self._finished(report)
            case WorkFailed():
                self._failed(report)
            case WorkConfirmed(instance, number):
                alias = self._instances[instance].alias
                self._tell(InstanceConfirmed(instance=instance, alias=alias, round=number))
                self._unconfirmed.discard(instance)
                self._perhaps_finish_round()
            case LinkRefused(peer, reason):
                text = f"daemon {daemon} was refused by {peer}: {reason}"
                self.end(RunState.FAILED, Reason(kind=ReasonKind.LINK_REFUSED, text=text))
            case DaemonLeft():
                pass  # the table of daemons has it

    def _finished(self, report: WorkFinished) -> None:
        alias = self._instances[report.instance].alias
        self._tell(
            InstanceFinished(
                instance=report.instance,
                alias=alias,
                round=report.round,
                seconds=report.seconds,
            )
        )

    def _failed(self, report: WorkFailed) -> None:
        place = f"{report.instance} in round {report.round}"
        self.end(
            RunState.FAILED,
            Reason(
                kind=ReasonKind.TASK_FAILED,
                text=f"{place} raised {': '.join(filter(None, (report.error, report.problem)))}",
                details=report.traceback,
            ),
        )

    def ended(self, channel: ChannelKey, number: int) -> None:
        """A task that feeds the run has pushed all it had to push in a round."""
        if number == self.round:
            self._open_ends.discard(channel)
            self._perhaps_finish_round()

    def exited(
        self, daemon: str, exit_code: int | None, signal: int | None, last_words: str = ""
    ) -> None:
        """A daemon's process has ended; `last_words` is the end of its log."""
        lost = self._daemons.exit(daemon, exit_code, signal, last_words)
        if lost is not None and not self.state.final:
            self.end(RunState.FAILED, lost)

    def start_failed(self, daemon: str, problem: str) -> None:
        """A daemon could not be started."""
        text = f"{daemon} could not be started: {problem}"
        self.end(RunState.FAILED, Reason(kind=ReasonKind.START_FAILED, text=text))

    def start_timed_out(self, timeout_s: float) -> None:
        """Too much time has passed since the start; decisive only if daemons are missing."""
        if self.state is RunState.STARTING:
            missing = self._daemons.missing()
            text = (
                f"{len(missing)} daemons did not connect within {timeout_s:g} s: "
                f"{', '.join(missing[:8])}"
            )
            self.end(RunState.FAILED, Reason(kind=ReasonKind.START_TIMED_OUT, text=text))

    def engine_lost(self, problem: str) -> None:
        """The engine no longer knows its daemons."""
        text = f"the engine was lost: {problem}"
        self.end(RunState.FAILED, Reason(kind=ReasonKind.ENGINE_LOST, text=text))

    def interrupted(self) -> None:
        """The user wants the run to end now."""
        at = f"in round {self.round}" if self.round >= 0 else "before the first round"
        text = f"interrupted {at}"
        self.end(RunState.STOPPED, Reason(kind=ReasonKind.INTERRUPTED, text=text))

    # ------------------------------------------------------------------ what tasks ask for

    def request_round(self, alias: str | None, node_ids: Sequence[str] | None) -> None:
        """A task wants another round.

        Raises:
            CallFailed: it asked for what there is not.
        """
        self._requests.append(request_for(self._topology, alias, node_ids))

    def request_stop(self) -> None:
        """A task wants no further round."""
        self._stop_requested = True

    # ------------------------------------------------------------------ rounds

    def _begin_round(self, requests: Sequence[Request]) -> None:
        self.round += 1
        self._members = roster(self._topology, requests, self._earlier)
        self._earlier |= self._members
        chosen = {(task, one) for task, candidates in self._members.items() for one in candidates}
        instances = [one for one in self._instances.values() if (one.task, one.candidate) in chosen]
        self._unconfirmed = {one.name for one in instances}
        self._open_ends = {
            ChannelKey(index, one, 0)
            for index, link in enumerate(self._topology.links)
            if link.destination == RUN
            for one in self._members.get(self._task(link.source), ())
        }
        self._daemons.begin_round([one.daemon for one in instances])
        tasks = self._topology.tasks
        counts = {tasks[task].alias: len(ones) for task, ones in self._members.items()}
        self._tell(RoundStarted(round=self.round, instances=counts))
        self._instructions.append(BeginRound(round=self.round, members=self._members))

    def _repeat_round(self) -> None:
        """A daemon that lost its connection may have lost its roster; others know it already."""
        if self.state is RunState.RUNNING and not self.between_rounds:
            self._instructions.append(BeginRound(round=self.round, members=self._members))

    def _task(self, alias: str) -> int:
        return next(i for i, task in enumerate(self._topology.tasks) if task.alias == alias)

    def _perhaps_finish_round(self) -> None:
        running = self.state is RunState.RUNNING and not self.between_rounds
        if not running or self._unconfirmed or self._open_ends:
            return
        self._daemons.end_round()
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
        requests, self._requests = self._requests, []
        over = self._why_over(requests)
        if over is None:
            self._begin_round(requests)
        else:
            self.end(RunState.COMPLETED, over)

    def _why_over(self, requests: Sequence[Request]) -> Reason | None:
        limit = self._topology.max_iteration
        done = self.round + 1
        rounds = "1 round" if done == 1 else f"{done} rounds"
        if limit is not None and done >= limit:
            text = f"{rounds}, the limit set by max_iteration"
            return Reason(kind=ReasonKind.MAX_ITERATION, text=text)
        if self._stop_requested:
            text = f"stop_swarm was called; {rounds} finished"
            return Reason(kind=ReasonKind.STOP_REQUESTED, text=text)
        if limit is None and not requests:
            return Reason(kind=ReasonKind.FINISHED, text=f"{rounds} finished")
        return None

    def end(self, state: RunState, reason: Reason) -> None:
        """End the run; whatever happens afterwards changes nothing."""
        if self.state.final:
            return
        self.state, self.reason = state, reason
        self._tell(StateChanged(run=self._run, state=state, reason=reason))
        self._instructions.append(EndRun(state=state, reason=reason))

    def _tell(self, happening: Happening) -> None:
        self._instructions.append(Tell(happening=happening))
