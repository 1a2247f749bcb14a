"""Nodes that come and go: their daemons are done without, started when they are there. Pure.

What is there by the end of a round takes part in the next one, and never in the middle of one: so
who takes part in a round is settled when it begins, and a round has the results of those.
"""

from __future__ import annotations

from collections.abc import Iterable

from swarmdsl.control import reasons
from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import DaemonGivenUp, DaemonLost, NodeArrived, NodeAwaited
from swarmdsl.control.lost_daemons import LostDaemons
from swarmdsl.control.orders import Orders
from swarmdsl.control.remembered import Remembered
from swarmdsl.control.state import DaemonPhase, Reason, ReasonKind
from swarmdsl.topology.expand import expand_daemons, node_of
from swarmdsl.topology.model import Topology


class Arrivals:
    """Decides about nodes, and about daemons that the present round does without.

    Args:
        topology: of the run; its nodes say whether they are expected.
        remembered: who is gone, and how often each was started.
        daemons: where each stands.
        lost: decides how the run goes on without some.
        orders: takes what the shell is to do.
    """

    def __init__(
        self,
        topology: Topology,
        remembered: Remembered,
        daemons: DaemonTable,
        lost: LostDaemons,
        orders: Orders,
    ) -> None:
        self._limits = topology.limits
        self._expected = {node.name for node in topology.nodes if node.expected}
        self._on: dict[str, list[str]] = {}
        for one in expand_daemons(topology):
            self._on.setdefault(one.node, []).append(one.name)
        self._memories = remembered.memories
        self._rounds = remembered.rounds
        self._attendance = remembered.rounds.attendance
        self._supervision = remembered.supervision
        self._daemons = daemons
        self._lost = lost
        self._orders = orders

    def is_outside(self, daemon: str) -> bool:
        """Whether the present round does without a daemon."""
        return daemon in self._attendance.gone

    def lose(self, node: str, problem: str) -> Reason | None:
        """A node is not there; why the run cannot go on, None if it can."""
        daemons = self._on.get(node, [])
        for daemon in daemons:
            self._supervision.leave(daemon)
            self._attendance.ready.discard(daemon)
        outside = [one for one in daemons if self.is_outside(one)]
        for daemon in outside:
            self._daemons.give_up(daemon)
        inside = [one for one in daemons if one not in outside]
        if not inside:
            return None
        if self._rounds.number < 0 and node in self._expected:
            self._do_without(node, inside)
            return None
        return self._lost.give_up(inside, reasons.node_lost(node, problem))

    def _do_without(self, node: str, daemons: Iterable[str]) -> None:
        for daemon in daemons:
            self._attendance.expect(daemon)
            self._daemons.give_up(daemon)
        self._orders.tell(NodeAwaited(node=node))

    def join(self, node: str, now_s: float) -> None:
        """A node is there: the daemons that the run does without are started."""
        coming = [one for one in self._on.get(node, []) if self._is_given_up(one)]
        for daemon in coming:
            self._daemons.come(daemon)
            self._supervision.arrive(daemon, now_s)
            self._rounds.forget(daemon)
            self._memories.exited(daemon)
        if coming:
            self._orders.tell(NodeArrived(node=node))

    def _is_given_up(self, daemon: str) -> bool:
        return self._daemons.phase(daemon) is DaemonPhase.GIVEN_UP

    def find(self, alive: Iterable[str], now_s: float) -> None:
        """A controller took over, and these daemons live: some are of the next round."""
        for daemon in alive:
            if self.is_outside(daemon):
                self._daemons.come(daemon)
                self._supervision.expect(daemon, now_s)

    def connect(self, daemon: str) -> bool:
        """A daemon that the round does without has introduced itself: the next one has it.

        False if it was given up for good. It lives in spite of that, as it was cut off; what it
        knows of the run is of another round, and others do its work.
        """
        if self._is_given_up(daemon):
            return False
        self._attendance.ready.add(daemon)
        return True

    def exit(self, daemon: str, lost: Reason, now_s: float) -> None:
        """A process has ended of a daemon that the round does without."""
        if self._is_given_up(daemon):
            return
        self._attendance.ready.discard(daemon)
        again_in_s = self._supervision.lost(daemon, now_s)
        if again_in_s is None:
            text = reasons.lost_for_good(lost, self._limits, by_code=False).text
            self._daemons.give_up(daemon)
            self._orders.tell(DaemonGivenUp(daemon=daemon, text=text))
        else:
            self._daemons.come(daemon)
            told = DaemonLost(daemon=daemon, text=lost.text, again_in_s=again_in_s)
            self._orders.tell(told)

    def time_is_up(self) -> list[str]:
        """The run should have begun: it does without the nodes that are expected.

        Returns the daemons that it needs all the same. Those that have been started may still come.
        """
        missing = self._daemons.missing()
        late = [one for one in missing if node_of(one) in self._expected]
        for node in dict.fromkeys(map(node_of, late)):
            here = [one for one in late if node_of(one) == node]
            self._do_without(node, here)
            for daemon in here:
                self._daemons.come(daemon)
        return [one for one in missing if one not in late]

    def nobody_for(self) -> Reason | None:
        """Why the first round cannot begin, though its time has come; None if it can."""
        bereft, why = self._lost.bereft(), self._lost.not_come()
        if not bereft or why is None:
            return None
        text = f"no node can run {' or '.join(bereft)} ({why.text}) after "
        text += f"{self._limits.start_timeout_s:g} s (limits.start_timeout_s)"
        return Reason(kind=ReasonKind.START_TIMED_OUT, text=text)
