"""Where the daemons of a run listen, and which of them have introduced themselves."""

from __future__ import annotations

from collections.abc import Mapping

from swarmdsl.deploy.engine import StartDaemon
from swarmdsl.topology.expand import fed_daemons
from swarmdsl.topology.model import Topology
from swarmdsl.transport.addresses import is_dialable


class Whereabouts:
    """What the controller knows of where its daemons are.

    Args:
        topology: of the run; a daemon that nobody feeds listens nowhere.
    """

    def __init__(self, topology: Topology) -> None:
        self._fed = dict.fromkeys(sorted(fed_daemons(topology)))
        self._said: dict[str, str] = {}

    def introduced(self, daemon: str, address: str, told: str = "") -> bool:
        """A daemon has said where it listens.

        Returns whether others believe it to be elsewhere: where it was before, or was told to be.
        """
        before = self._said.get(daemon, told)
        self._said[daemon] = address
        return before != address and daemon in self._fed

    @property
    def introductions(self) -> list[str]:
        """The daemons that have ever introduced themselves to this controller."""
        return list(self._said)

    def of_fed(self, commands: Mapping[str, StartDaemon]) -> dict[str, str]:
        """Where those listen that others dial, as far as it is known.

        After a resumption some may have yet to say it, but it is where they were told to, unless
        they were to choose.
        """
        told = {name: command.arguments.address for name, command in commands.items()} | self._said
        return {name: told[name] for name in self._fed if is_dialable(told.get(name, ""))}
