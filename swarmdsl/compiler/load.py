"""How much of a node is taken by what is placed on it."""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.dsl import Node
from swarmdsl.topology.resources import Resources


class Loads:
    """What is placed on each node so far.

    A node's load is the largest share of one thing it has that is asked of it: of its slots by the
    number of instances, of its processors, memory and GPUs by what they ask for.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._has = {node.name: _amounts(node) for node in nodes}
        self._taken = {node.name: [0.0] * 4 for node in nodes}

    def add(self, node: str, asked: Resources) -> None:
        """Place an instance."""
        taken = self._taken[node]
        for index, amount in enumerate(_of_one(asked)):
            taken[index] += amount

    def rank(self, asked: Resources, node: str) -> tuple[bool, float, str]:
        """Where a node comes among the candidates: with room left first, then least loaded.

        Slots do not run out: instances that share one take turns.
        """
        has, taken = self._has[node], self._taken[node]
        shares = [one / whole for one, whole in zip(taken, has, strict=True) if whole]
        left = zip(_of_one(asked)[1:], has[1:], taken[1:], strict=True)
        full = any(one and taken + one > whole for one, whole, taken in left)
        return full, max(shares), node


def _amounts(node: Node) -> tuple[float, float, float, float]:
    memory = node.memory_bytes
    unlimited = float("inf")  # memory that is not stated is not compared
    return (node.slots, node.processors, unlimited if memory is None else memory, node.gpus)


def _of_one(asked: Resources) -> tuple[float, float, float, float]:
    return (1, asked.cpu, asked.memory, asked.gpu)
