"""Which daemon modules have lost what they had in memory, for they have no `snapshot`. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from swarmdsl.control.journal import MemoryBegun
from swarmdsl.topology.expand import InstanceSpec
from swarmdsl.topology.model import Topology


class Memories:
    """What the processes of daemon modules have in memory alone.

    Args:
        topology: of the run.
        instances: of the topology, by name.

    Attributes:
        lost: the instances that began anew without it, in that order, each with its module.
    """

    def __init__(self, topology: Topology, instances: Mapping[str, InstanceSpec]) -> None:
        self.lost: dict[str, str] = {}
        self._tasks = topology.tasks
        self._instances = instances
        self._begun: dict[str, str] = {}  # by daemon, for a daemon module has one to itself

    def begun(self, instance: str) -> MemoryBegun:
        """An instance has handled pushes, and saves nothing; returns what the journal is to say."""
        self._begun[self._instances[instance].daemon] = instance
        return MemoryBegun(instance)

    def exited(self, daemon: str) -> str:
        """A daemon was lost; the module whose memory went with it, "" if none did."""
        instance = self._begun.pop(daemon, None)
        if instance is None:
            return ""
        module = self._tasks[self._instances[instance].task].module
        self.lost[instance] = module
        return module
