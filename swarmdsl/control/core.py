"""The controller's core: what happened in, what to do out. No clock, no socket, no process.

A round is over when the run has its values and all that was pushed has been confirmed. So nothing
is on its way between two rounds, and a daemon that dies there takes nothing with it but the inputs
that its functions had kept. One that dies within a round is started anew, and does again what it is
not done with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonLost,
    Happening,
    InstanceConfirmed,
    InstanceFinished,
    InstanceStarted,
    IrregularitiesCounted,
    RoundFinished,
    RoundStarted,
    StateChanged,
)
from swarmdsl.control.roster import Place, Request, grown, request_for, roster
from swarmdsl.control.state import Reason, ReasonKind, RunState
from swarmdsl.control.supervision import Kill, StartAgain, Supervision
from swarmdsl.daemon.reports import (
    AnyReport,
    DaemonLeft,
    LinkRefused,
    WorkConfirmed,
    WorkFailed,
    WorkFinished,
    WorkStarted,
)
from swarmdsl.topology.expand import InstanceSpec, expand_daemons, expand_instances
from swarmdsl.topology.model import RUN, Topology
from swarmdsl.wire.messages import ChannelKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRoster:
    """Send this roster to a daemon, or to all.

    Attributes:
        daemon: its name; None for every daemon that is connected.
        round: that it is for.
        revision: grows with the roster, within its round.
        members: per task, the chosen candidates.
        done: the instances that are done with the round.
    """

    daemon: str | None
    round: int
    revision: int
    members: Mapping[int, list[int]]
    done: AbstractSet[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRun:
    """Stop every daemon; the run is in its final state."""

    state: RunState
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell the observers, and the store."""

    happening: Happening


Instruction = SendRoster | StartAgain | Kill | EndRun | Tell


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
        names = [one.name for one in expand_daemons(topology)]
        self._daemons = DaemonTable(names)
        self._hosted: dict[str, list[InstanceSpec]] = {name: [] for name in names}
        for one in self._instances.values():
            self._hosted[one.daemon].append(one)
        self._supervision = Supervision(names, topology.limits)
        self._revision = 0
        self._members: dict[int, list[int]] = {}
        self._earlier: dict[int, list[int]] = {}
        self._forgetful: set[Place] = set()
        self._open: set[Place] = set()
        self._done: set[Place] = set()
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
        """A daemon has introduced itself, perhaps once more: what it was told may be lost."""
        if self.state.final:
            return
        self._supervision.connected(daemon)
        missing = self._daemons.missing()
        if self._daemons.connect(daemon, len(self._unfinished_on(daemon))):
            missing = self._daemons.missing()
            self._tell(DaemonConnected(daemon=daemon, missing=len(missing)))
        if self.state is RunState.RUNNING:
            self._send_roster(daemon)
        elif not missing:
            self.state = RunState.RUNNING
            self._tell(StateChanged(run=self._run, state=self.state))
            self._begin_round([])

    def _unfinished_on(self, daemon: str) -> list[InstanceSpec]:
        """The instances of a daemon that still have something to do in this round."""
        return [one for one in self._hosted[daemon] if _place(one) in self._open]

    def reported(self, daemon: str, report: AnyReport) -> None:
        """A daemon said what it does."""
        self._daemons.report(daemon, report)
        if isinstance(report, DaemonLeft) and report.counts:
            self._tell(IrregularitiesCounted(daemon=daemon, counts=report.counts))
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
                self._confirmed(self._instances[instance], number)
            case LinkRefused(peer, by, reason):
                text = f"daemon {peer} was refused by {by}: {reason}"
                self.end(RunState.FAILED, Reason(kind=ReasonKind.LINK_REFUSED, text=text))
            case DaemonLeft():
                pass  # the table of daemons has it

    def _confirmed(self, instance: InstanceSpec, number: int) -> None:
        """An instance is done with a round, for good."""
        if number != self.round:
            return
        place = _place(instance)
        self._open.discard(place)
        self._done.add(place)
        if place in self._forgetful and self._sources_of(instance.alias) <= self._members.keys():
            self._forgetful.discard(place)
        self._perhaps_finish_round()

    def _sources_of(self, alias: str) -> set[int]:
        links = self._topology.links
        return {self._task(link.source) for link in links if link.destination == alias}

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
        self,
        daemon: str,
        exit_code: int | None,
        signal: int | None,
        now_s: float,
        last_words: str = "",
    ) -> None:
        """A daemon's process has ended; `last_words` is the end of its log."""
        lost = self._daemons.exit(daemon, exit_code, signal, last_words)
        if lost is None or self.state.final:
            return
        hopeless = lost.kind is ReasonKind.START_FAILED and signal is None  # It will fail again.
        again_in_s = None if hopeless else self._supervision.lost(daemon, now_s)
        if again_in_s is None:
            self.end(RunState.FAILED, lost)
            return
        self._tell(DaemonLost(daemon=daemon, text=lost.text, again_in_s=again_in_s))
        self._daemons.restart(daemon)
        self._forgetful |= {_place(one) for one in self._hosted[daemon]}
        self._grow_round()

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
        self._instructions += self._supervision.tick(now_s)
        return self._supervision.next_s()

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
        self._revision = 0
        self._done.clear()
        self._open_ends.clear()
        self._members = {}
        self._take_part(roster(self._topology, requests, self._earlier, self._forgetful))
        self._daemons.begin_round(
            one.daemon for one in self._instances.values() if _place(one) in self._open
        )
        tasks = self._topology.tasks
        counts = {tasks[task].alias: len(ones) for task, ones in self._members.items()}
        self._tell(RoundStarted(round=self.round, instances=counts))
        self._send_roster(None)

    def _take_part(self, members: dict[int, list[int]]) -> None:
        """These instances are in the round, from now on."""
        self._open_ends |= {
            ChannelKey(index, one, 0)
            for index, link in enumerate(self._topology.links)
            if link.destination == RUN and self._task(link.source) not in self._members
            for one in members.get(self._task(link.source), ())
        }
        self._open |= {
            (task, one)
            for task, candidates in members.items()
            if task not in self._members
            for one in candidates
        }
        self._members = members
        self._earlier |= members

    def _grow_round(self) -> None:
        """Let those sources run after all whose values an instance has lost and still needs."""
        if self.state is not RunState.RUNNING or self.between_rounds:
            return
        lost = self._forgetful - self._done
        members = grown(self._topology, self._members, self._earlier, lost)
        if members.keys() != self._members.keys():
            self._take_part(members)
            self._revision += 1
            self._send_roster(None)

    def _send_roster(self, daemon: str | None) -> None:
        if not self.between_rounds:
            self._instructions.append(
                SendRoster(
                    daemon=daemon,
                    round=self.round,
                    revision=self._revision,
                    members=self._members,
                    done=frozenset(self._done),
                )
            )

    def has_ended(self, channel: ChannelKey, number: int) -> bool:
        """Whether all that a channel carries to the run in a round has come."""
        return number < self.round or (number == self.round and channel not in self._open_ends)

    def open_ends_of(self, daemon: str) -> list[ChannelKey]:
        """The channels to the run on which a daemon has still something to push in this round."""
        places = {_place(one) for one in self._hosted[daemon]}
        return [
            channel
            for channel in self._open_ends
            if (self._task(self._topology.links[channel.link].source), channel.source) in places
        ]

    def _task(self, alias: str) -> int:
        return next(i for i, task in enumerate(self._topology.tasks) if task.alias == alias)

    def _perhaps_finish_round(self) -> None:
        running = self.state is RunState.RUNNING and not self.between_rounds
        if not running or self._open or self._open_ends:
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


def _place(instance: InstanceSpec) -> Place:
    return instance.task, instance.candidate
