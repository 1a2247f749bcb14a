"""Which daemons are in which networks of a swarm. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from swarmdsl.errors import EngineError
from swarmdsl.topology.model import NetworkSpec, Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """The networks of a swarm, and who is to join them.

    Attributes:
        networks: that have to be made, by name; that of a machine itself is none of them.
        joined: their names, by the name of the daemon that joins them; in the topology's order.
        on_host: the daemons that are in the network of their machine, and in no other.
    """

    networks: Mapping[str, NetworkSpec] = field(default_factory=dict)
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    on_host: frozenset[str] = frozenset()


def joining_of(topology: Topology, engine: str) -> Joining:
    """Who joins what: a daemon is in the networks of all tasks that it may host.

    Raises:
        EngineError: a daemon is to be in the network of its machine and in another one, which no
            container can; all such daemons are named.
    """
    asked: dict[str, dict[str, str]] = {}
    for task in topology.tasks:
        for daemon in task.candidates if task.network else ():
            asked.setdefault(daemon, {}).setdefault(task.network or "", task.alias)
    networks = {one.name: one for one in topology.networks}
    hosts = {name for name, one in networks.items() if one.driver == "host"}
    _require_one_kind(asked, hosts, engine)
    return Joining(
        networks={
            name: one
            for name, one in networks.items()
            if name not in hosts and any(name in wanted for wanted in asked.values())
        },
        joined={
            daemon: tuple(name for name in networks if name in wanted)
            for daemon, wanted in asked.items()
            if not hosts & wanted.keys()
        },
        on_host=frozenset(daemon for daemon, wanted in asked.items() if hosts & wanted.keys()),
    )


def _require_one_kind(asked: Mapping[str, Mapping[str, str]], hosts: set[str], engine: str) -> None:
    torn = [
        f"{daemon}: " + ", ".join(f"{alias} asks for {name!r}" for name, alias in wanted.items())
        for daemon, wanted in asked.items()
        if hosts & wanted.keys() and wanted.keys() - hosts
    ]
    if torn:
        raise EngineError(
            engine,
            "a container in the network of its machine (Driver.HOST) is in no other, and these "
            f"daemons would have to be: {'; '.join(torn)}; give such tasks the same network, or "
            "nodes of their own",
        )
