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


def siblings_of(topology: Topology, daemon: str) -> tuple[str, ...]:
    """The other workers of a worker's node, which may run its functions; none if it is no worker.

    There are none if nothing is stolen in this topology.
    """
    if not topology.limits.steal_after_s:
        return ()
    name, node = daemon.partition("@")[0], node_of(daemon)
    for group in topology.groups:
        if group.name == name and group.kind == "worker" and node in group.nodes:
            replicas = range(group.per_node[group.nodes.index(node)])
            others = [daemon_name(name, node, replica) for replica in replicas]
            return tuple(one for one in others if one != daemon)
    return ()


def fed_daemons(topology: Topology) -> frozenset[str]:
    """The daemons that others dial: to push to them, or to ask them for work.

    Where work may be stolen, that is each worker that is not alone on its node.
    """
    fed = {link.destination for link in topology.links if not link.to_run}
    pushed_to = {
        daemon for task in topology.tasks if task.alias in fed for daemon in task.candidates
    }
    if topology.limits.steal_after_s:
        for group in topology.groups:
            if group.kind == "worker":
                pushed_to |= {
                    daemon_name(group.name, node, replica)
                    for node, count in zip(group.nodes, group.per_node, strict=True)
                    if count > 1
                    for replica in range(count)
                }
    return frozenset(pushed_to)


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
