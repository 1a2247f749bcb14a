"""What of a run must outlive its controller: all that the journal can be read into. Pure.

The core decides upon it, and writes down each change with a record of the journal. So the core of
another controller gets the same by reading the records.
"""

from __future__ import annotations

from collections.abc import Mapping

from swarmdsl.control.journal import (
    AnyRecord,
    AttemptFailed,
    CandidatesOrdered,
    DaemonMet,
    DaemonRestarted,
    InstanceDone,
    MemoryBegun,
    RoundBegun,
    RoundDecided,
    RoundRequested,
    RunFed,
    StopAsked,
    TimeExceeded,
)
from swarmdsl.control.losses import Losses
from swarmdsl.control.memories import Memories
from swarmdsl.control.roster import Request
from swarmdsl.control.rounds import Rounds
from swarmdsl.control.supervision import Supervision
from swarmdsl.daemon.reports import PushesForgotten, forgotten
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import Topology
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Former


class Remembered:
    """The rounds of a run, its daemons' processes, and what its tasks have asked for.

    Attributes:
        rounds: who takes part in the present one, and who is done.
        losses: what sources that cannot be asked again have lost in it.
        memories: what daemon modules without `snapshot` have lost in the run.
        supervision: which process of each daemon is the present one.
        requests: for the next round.
        stop_requested: a task wants no next round.
    """

    def __init__(self, topology: Topology) -> None:
        names = [one.name for one in expand_daemons(topology)]
        self.rounds = Rounds(topology)
        self.losses = Losses(topology, self.rounds.instances)
        self.memories = Memories(topology, self.rounds.instances)
        self.supervision = Supervision(names, topology.limits)
        self.requests: list[Request] = []
        self.stop_requested = False

    def recall(self, record: AnyRecord) -> None:
        """A controller that died had written this."""
        match record:
            case RoundDecided():
                self.rounds.decide(record)
                self.supervision.recall(record.incarnations)
                for daemon in record.incarnations.keys() - set(record.strangers):
                    self.supervision.connected(daemon)
                if not record.revision:
                    self.requests.clear()
            case InstanceDone(task, candidate):
                self.rounds.finish((task, candidate))
            case AttemptFailed():
                self.rounds.attempts.fail(record)
            case TimeExceeded(task, candidate):
                self.rounds.overran[task, candidate] += 1
            case RunFed(link, source):
                self.rounds.feed(ChannelKey(link, source, 0))
            case RoundRequested(tasks, nodes):
                self.requests.append(Request(tasks=tasks, nodes=nodes))
            case StopAsked():
                self.stop_requested = True
            case CandidatesOrdered(orders):
                self.rounds.place(orders)
            case RoundBegun(instance):
                self.losses.begun(instance, self.rounds.number)
            case MemoryBegun(instance):
                self.memories.begun(instance)
            case DaemonRestarted(daemon, incarnation):
                if daemon not in self.rounds.gone:  # else its losses are those of another round
                    self.count_losses(daemon)
                self.memories.exited(daemon)
                self.supervision.recall({daemon: incarnation})
                self.rounds.forget(daemon)
            case DaemonMet(daemon):
                self.supervision.connected(daemon)

    def recall_incarnations(self, incarnations: Mapping[str, int]) -> None:
        """These processes were started; what an earlier one had kept of its work is gone."""
        known = self.supervision.incarnations
        for daemon, incarnation in incarnations.items():
            if incarnation > known.get(daemon, 0):
                self.rounds.forget(daemon)
        self.supervision.recall(incarnations)

    def forgotten(self, former: Former, kept_max: int) -> PushesForgotten:
        """What came to the run of a daemon's former process, of one channel."""
        channel = former.inlet.channel
        ended = self.rounds.has_been_fed(channel, self.rounds.number)
        bounds = (0, former.unconfirmed)
        return forgotten(self.rounds.name_of(channel), former, bounds, kept_max, ended=ended)

    def count_losses(self, daemon: str) -> str:
        """What of a daemon that was lost nobody can repeat, as the end of a sentence."""
        incarnation = self.supervision.incarnations.get(daemon, 0)
        losses = self.losses.exited(daemon, incarnation, self.rounds)
        return "".join(
            f"; unknown: {'some' if count is None else f'at most {count}'} pushes of {name}, "
            "which cannot be asked again"
            for name, count in losses
        )

    def take_requests(self) -> list[Request]:
        """What was asked for, which a decision is made upon now."""
        requests, self.requests = self.requests, []
        return requests
