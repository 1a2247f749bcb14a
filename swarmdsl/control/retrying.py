"""What follows an attempt that has failed, and whose daemon has dropped the work. Pure."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import InstanceRetried
from swarmdsl.control.journal import AttemptFailed
from swarmdsl.control.lost_daemons import LostDaemons
from swarmdsl.control.orders import Orders
from swarmdsl.control.remembered import Remembered
from swarmdsl.control.retold import retold
from swarmdsl.control.rounds import place_of
from swarmdsl.control.state import Reason
from swarmdsl.daemon.reports import WorkRetried
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.model import Topology


class Retrying:
    """Lets the next candidate make the next attempt.

    Args:
        topology: of the run.
        remembered: who takes part in the round, and what has failed in it.
        daemons: what they are in the middle of.
        lost: decides about the roster, for it knows who is gone.
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
        self._topology = topology
        self._remembered = remembered
        self._rounds = remembered.rounds
        self._daemons = daemons
        self._lost = lost
        self._orders = orders

    def follow(self, daemon: str, report: WorkRetried) -> Reason | None:
        """A daemon has dropped the work; why the run cannot go on, None if it can.

        The word of a daemon that has died since is void, as the next process of its name does the
        work again; and what was committed before a controller died comes twice.
        """
        instance = self._rounds.instances[report.instance]
        place = place_of(instance)
        is_present = report.round == self._rounds.number and self._rounds.is_open(place)
        is_news = self._rounds.attempts.is_news(instance.task, report.failures)
        if self._daemons.is_absent(daemon) or not (is_present and is_news):
            return None
        problem = ": ".join(filter(None, (report.error, report.problem)))
        failed = AttemptFailed(*place, report.failures, problem)
        self._rounds.attempts.fail(failed)
        self._orders.note(failed)
        decided = self._rounds.elsewhere(place, self._remembered.supervision.incarnations)
        (other,) = decided.members[instance.task]
        self._tell(report, other, instance.alias)
        self._daemons.leave_work(daemon, report.instance)
        if other == instance.candidate:
            self._daemons.join_round({daemon: 1})
        return self._lost.decide(decided)

    def _tell(self, report: WorkRetried, other: int, alias: str) -> None:
        task = self._topology.tasks[self._rounds.instances[report.instance].task]
        happening = retold(report, alias)
        assert isinstance(happening, InstanceRetried), "that is what such a report tells"
        node = node_of(task.candidates[other])
        same = node == self._rounds.instances[report.instance].node
        self._orders.tell(replace(happening, node="" if same else node))
