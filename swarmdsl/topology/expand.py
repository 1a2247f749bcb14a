"""From a topology's groups to its single daemons and instances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swarmdsl.topology.model import Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonSpec:
    """One daemon: `name` is `group@node#replica`."""

    name: str
    group: str
    kind: str
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSpec:
    """One placed copy of a task, at the position that the wire names it by."""

    name: str
    alias: str
    task: int
    candidate: int
    daemon: str
    node: str


def daemon_name(group: str, node: str, replica: int) -> str:
    """The name of a daemon.

    >>> daemon_name("worker", "node1", 0)
    'worker@node1#0'
    """
    return f"{group}@{node}#{replica}"


def node_of(daemon: str) -> str:
    """The node inside a daemon's or an instance's name.

    >>> node_of("worker@node1#0")
    'node1'
    """
    return daemon.partition("@")[2].rpartition("#")[0]


def instance_name(alias: str, daemon: str) -> str:
    """The name of a task's instance on a daemon: one instance per task and node.

    >>> instance_name("trainers", "worker@node2#1")
    'trainers@node2#0'
    """
    return f"{alias}@{node_of(daemon)}#0"


def expand_daemons(topology: Topology) -> Iterator[DaemonSpec]:
    """Every daemon of the topology, in group, node and replica order."""
    for group in topology.groups:
        for node, replicas in zip(group.nodes, group.per_node, strict=True):
            for replica in range(replicas):
                yield DaemonSpec(
                    name=daemon_name(group.name, node, replica),
                    group=group.name,
                    kind=group.kind,
                    node=node,
                )


def fed_daemons(topology: Topology) -> frozenset[str]:
    """The daemons that others push to in some round: the only ones that are ever dialled."""
    fed = {link.destination for link in topology.links if not link.to_run}
    return frozenset(
        daemon for task in topology.tasks if task.alias in fed for daemon in task.candidates
    )


def expand_instances(topology: Topology, only_on: str | None = None) -> Iterator[InstanceSpec]:
    """Every instance that a round may choose, in task and candidate order; or those of a daemon."""
    for index, task in enumerate(topology.tasks):
        for candidate, daemon in enumerate(task.candidates):
            if only_on is not None and daemon != only_on:
                continue
            yield InstanceSpec(
                name=instance_name(task.alias, daemon),
                alias=task.alias,
                task=index,
                candidate=candidate,
                daemon=daemon,
                node=node_of(daemon),
            )
