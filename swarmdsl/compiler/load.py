"""How much of each node is taken by what is placed on it, and whose turn is next."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from swarmdsl.dsl import Node
from swarmdsl.topology.resources import Resources


class LeastLoadedFirst:
    """The nodes by load, ties by name: kept in order, for a task often loads but one.

    A node's load is the largest share of one thing it has that is asked of it: of its slots by the
    number of instances, of its processors, memory and GPUs by what they ask for.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._has = {node.name: _amounts(node) for node in nodes}
        self._taken = {name: [0.0] * 4 for name in self._has}
        self._ranks = sorted((0.0, name) for name in self._has)
        self._names = [name for _, name in self._ranks]

    def of(self, nodes: Sequence[Node], asked: Resources) -> tuple[str, ...]:
        """The names of these nodes: with room left first, then the least loaded."""
        if len(nodes) == len(self._names):
            names = list(self._names)
        else:
            wanted = {node.name for node in nodes}
            names = [name for name in self._names if name in wanted]
        if asked != Resources():
            names.sort(key=lambda name: self._is_full(name, asked))  # stable
        return tuple(names)

    def load(self, names: Sequence[str], asked: Resources) -> None:
        """Run one instance more on each of these nodes."""
        amounts = _of_one(asked)
        for name in names:
            before = bisect_left(self._ranks, self._rank(name))
            del self._ranks[before], self._names[before]
            taken = zip(self._taken[name], amounts, strict=True)
            self._taken[name] = [one + more for one, more in taken]
            after = bisect_left(self._ranks, self._rank(name))
            self._ranks.insert(after, self._rank(name))
            self._names.insert(after, name)

    def _rank(self, name: str) -> tuple[float, str]:
        pairs = zip(self._taken[name], self._has[name], strict=True)
        return max(taken / whole for taken, whole in pairs if whole), name

    def _is_full(self, name: str, asked: Resources) -> bool:
        """Whether what is asked for exceeds what is left.

        Slots do not run out: instances that share one take turns.
        """
        left = zip(_of_one(asked), self._taken[name], self._has[name], strict=True)
        return any(one and taken + one > whole for one, taken, whole in list(left)[1:])


def _amounts(node: Node) -> tuple[float, float, float, float]:
    memory = node.memory_bytes
    unlimited = float("inf")  # memory that is not stated is not compared
    return (node.slots, node.processors, unlimited if memory is None else memory, node.gpus)


def _of_one(asked: Resources) -> tuple[float, float, float, float]:
    return (1, asked.cpu, asked.memory, asked.gpu)
