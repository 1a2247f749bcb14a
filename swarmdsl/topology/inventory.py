"""The nodes that can host daemons: what a compilation places tasks on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# A node's name becomes part of `alias@node#replica`, of file names and of addresses.
NODE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SLOTS_MAX = 4_096  # worker daemons per node: far beyond any machine, near enough to stop a typo


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A machine, or a virtual one on a laptop, that can host daemons.

    Attributes:
        name: unique within the inventory; the second half of an instance's name.
        slots: how many worker daemons (and so function tasks at once) it hosts.
        datasets: name to folder or file on that node; the data never leaves it unless a task
            pushes it.

    >>> Node(name="node1", slots=2, datasets={"digits": "/data/digits.npz"}).slots
    2
    """

    name: str
    slots: int = 1
    datasets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All nodes of one compilation, in declaration order.

    >>> [node.name for node in Inventory.local(nodes=2, cores=4).nodes]
    ['node1', 'node2']
    """

    nodes: tuple[Node, ...]

    @classmethod
    def local(cls, *, nodes: int, cores: int) -> Inventory:
        """Virtual nodes `node1` … `nodeN` that share this machine's cores, one slot at least."""
        slots = max(1, cores // nodes)
        return cls(nodes=tuple(Node(name=f"node{i + 1}", slots=slots) for i in range(nodes)))
