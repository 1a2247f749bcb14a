"""The nodes of one compilation, and where they were written."""

from __future__ import annotations

from dataclasses import dataclass, field

from swarmdsl.dsl.span import Span, caller_span
from swarmdsl.topology.inventory import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """An inventory file as it was read."""

    file: str
    text: str


Origin = Span | WrittenFile | None
"""The call or file that says which nodes there are; None for virtual nodes, which nobody wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All nodes of one compilation, in declaration order.

    >>> [node.name for node in Inventory.local(nodes=2, cores=4).nodes]
    ['node1', 'node2']
    """

    nodes: tuple[Node, ...]
    origin: Origin = field(init=False, compare=False, repr=False, default=None)

    def __post_init__(self) -> None:
        """Note which call made it: findings about its nodes stand there."""
        object.__setattr__(self, "origin", caller_span())

    @classmethod
    def local(cls, *, nodes: int, cores: int) -> Inventory:
        """Virtual nodes `node1` … `nodeN` that share this machine's cores, one slot at least."""
        slots = max(1, cores // nodes)
        made = tuple(Node(name=f"node{i + 1}", slots=slots) for i in range(nodes))
        return inventory_made_by(None, made)


def inventory_made_by(origin: Origin, nodes: tuple[Node, ...]) -> Inventory:
    """An inventory of these nodes that was written elsewhere than where this is called.

    >>> inventory_made_by(None, ()).origin is None
    True
    """
    made = Inventory(nodes=nodes)
    object.__setattr__(made, "origin", origin)
    return made
