"""Clusters whose managers know the nodes: an inventory is read from them by the cluster's name.

None is asked before its name is given.
"""

from __future__ import annotations

import pkgutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from swarmdsl.errors import InventoryError
from swarmdsl.topology.inventory import Node

CLUSTERS: Mapping[str, str] = MappingProxyType(
    {"docker-swarm": "swarmdsl.deploy.engines.docker_swarm_nodes:read_members"}
)
"""What reads the members of a cluster, by its name, which is also that of an engine."""

READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A node as its cluster sees it.

    Attributes:
        node: what it has.
        state: `ready` if it takes work; else why it does not, in the words of the cluster.
    """

    node: Node
    state: str


def members_of(cluster: str, environment: Mapping[str, str]) -> list[Member]:
    """All nodes that a cluster knows, in the order of their names.

    Args:
        cluster: a name of `CLUSTERS`.
        environment: says where the cluster is, as `DOCKER_HOST`.

    Raises:
        InventoryError: what it says of a node cannot be read.
        EngineError: it does not answer, or is none.
        ExtraMissing: what asks it is not installed.
    """
    read = pkgutil.resolve_name(CLUSTERS[cluster])
    return cast("list[Member]", read(environment))


def nodes_of(cluster: str, environment: Mapping[str, str]) -> tuple[Node, ...]:
    """The nodes of a cluster that take work.

    Raises:
        InventoryError: there is none, or what the cluster says of one cannot be read.
        EngineError: it does not answer, or is none.
        ExtraMissing: what asks it is not installed.
    """
    return ready_nodes(cluster, members_of(cluster, environment))


def ready_nodes(cluster: str, members: Sequence[Member]) -> tuple[Node, ...]:
    """The nodes that take work: the inventory that a cluster stands for.

    Raises:
        InventoryError: there is none, or two of them have one name.

    >>> ready_nodes("docker-swarm", [Member(node=Node(name="a"), state="ready")])[0].name
    'a'
    """
    nodes = tuple(member.node for member in members if member.state == READY)
    if not nodes:
        states = ", ".join(f"{one.node.name} ({one.state})" for one in members) or "there is none"
        raise InventoryError(cluster, [f"no node is ready: {states}"])
    repeated = [name for name, times in Counter(one.name for one in nodes).items() if times > 1]
    if repeated:
        said = [f"several nodes are named {name!r}: give each a host name" for name in repeated]
        raise InventoryError(cluster, said)
    return nodes
