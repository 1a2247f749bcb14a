"""Whom a process of a run lets in: those of its topology, on the channels that lead to it."""

from __future__ import annotations

from swarmdsl.daemon.reports import CONTROLLER, EVENTS
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import TaskSpec, Topology
from swarmdsl.wire.messages import ChannelKey


class TopologyAdmission:
    """Admits the daemons of a topology; see `Admission`.

    Nobody dials as the controller, so its name is a stranger's like any other.

    Args:
        topology: of the run.
        own: who asks, a daemon or the controller.
    """

    def __init__(self, topology: Topology, own: str) -> None:
        self._links = topology.links
        self._tasks = {task.alias: task for task in topology.tasks}
        self._daemons = frozenset(one.name for one in expand_daemons(topology))
        self._own = own

    def knows(self, peer: str) -> bool:
        """Whether it is a daemon of the topology."""
        return peer in self._daemons

    def carries(self, peer: str, channel: ChannelKey) -> bool:
        """Whether the source's candidate is this peer, and the destination's is us."""
        if channel == EVENTS:
            return self._own == CONTROLLER
        if not 0 <= channel.link < len(self._links):
            return False
        link = self._links[channel.link]
        if peer != _host(self._tasks[link.source], channel.source):
            return False
        if link.to_run:
            return self._own == CONTROLLER and channel.destination == 0
        return self._own == _host(self._tasks[link.destination], channel.destination)


def _host(task: TaskSpec, candidate: int) -> str | None:
    """The daemon that hosts the instance of a task; None if there is no such candidate."""
    if 0 <= candidate < len(task.candidates):
        return task.candidates[candidate]
    return None
