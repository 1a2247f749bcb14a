"""How much of each node is taken by what is placed on it, and whose turn is next."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from swarmdsl.dsl import Node
from swarmdsl.topology.resources import NOTHING, Resources

_SEVERAL = 8  # of so many nodes that get more to do, the order is made anew


class LeastLoadedFirst:
    """The nodes by load, ties by name: kept in order, for a task often loads but one.

    A node's load is the largest share of one thing it has that is asked of it: of its slots by the
    number of instances, of its processors, memory and GPUs by what they ask for. Its weight is
    added.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._has = {node.name: _amounts(node) for node in nodes}
        self._instances = dict.fromkeys(self._has, 0)
        self._taken = {name: [0.0] * 3 for name in self._has}
        self._share = dict.fromkeys(self._has, 0.0)  # of what is not slots
        self._weight = {node.name: node.weight for node in nodes}
        self._rank = dict(self._weight)
        self._order = sorted((rank, name) for name, rank in self._rank.items())

    def first(self, number: int, among: Collection[str], asked: Resources) -> tuple[str, ...]:
        """So many of these nodes: those with room left first, then the least loaded."""
        if asked != NOTHING:
            ordered = [name for _, name in self._order if name in among]
            ordered.sort(key=lambda name: self._is_full(name, asked))  # stable
            return tuple(ordered[:number])
        if len(among) == len(self._order):
            return tuple([name for _, name in self._order[:number]])
        found: list[str] = []
        for _, name in self._order:
            if name in among:
                found.append(name)
                if len(found) == number:
                    break
        return tuple(found)

    def packed(self, number: int, among: Collection[str], asked: Resources) -> tuple[str, ...]:
        """So many of these nodes: those with a slot and room left first, of these the most loaded.

        Those that are full follow as in `first`: nothing is packed where there is no room.
        """
        found: list[str] = []
        for _, equal in groupby(reversed(self._order), key=itemgetter(0)):
            room = (name for _, name in equal if name in among and self._has_room(name, asked))
            found += sorted(room)
            if len(found) >= number:
                return tuple(found[:number])
        begun = set(found)
        spread = self.first(len(among), among, asked)
        return (*found, *(name for name in spread if name not in begun))[:number]

    def lightest(self, names: Sequence[str], *, is_packed: bool) -> tuple[str, ...]:
        """These nodes by weight alone, else in their order; of what is packed the most comes first.

        >>> from swarmdsl.dsl import Node
        >>> queue = LeastLoadedFirst([Node(name="a", weight=1), Node(name="b"), Node(name="c")])
        >>> queue.lightest(["c", "a", "b"], is_packed=False)
        ('c', 'b', 'a')
        """
        sign = -1.0 if is_packed else 1.0
        return tuple(sorted(names, key=lambda name: sign * self._weight[name]))

    def load(self, names: Sequence[str], asked: Resources) -> None:
        """Run one instance more on each of these nodes."""
        if len(names) > _SEVERAL:
            for name in names:
                self._add(name, asked)
            self._order = sorted((rank, name) for name, rank in self._rank.items())
            return
        for name in names:
            del self._order[bisect_left(self._order, (self._rank[name], name))]
            self._add(name, asked)
            insort(self._order, (self._rank[name], name))

    def _add(self, name: str, asked: Resources) -> None:
        self._instances[name] += 1
        slots, *others = self._has[name]
        if asked != NOTHING:
            more = zip(self._taken[name], _of_one(asked), strict=True)
            self._taken[name] = taken = [one + another for one, another in more]
            shares = zip(taken, others, strict=True)
            self._share[name] = max(one / whole for one, whole in shares if whole)
        load = max(self._instances[name] / slots, self._share[name])
        self._rank[name] = load + self._weight[name]

    def _has_room(self, name: str, asked: Resources) -> bool:
        """Whether it has a slot, and what is asked for."""
        if self._instances[name] >= self._has[name][0]:
            return False
        return asked == NOTHING or not self._is_full(name, asked)

    def _is_full(self, name: str, asked: Resources) -> bool:
        """Whether what is asked for exceeds what is left.

        Slots do not run out: instances that share one take turns.
        """
        left = zip(_of_one(asked), self._taken[name], self._has[name][1:], strict=True)
        return any(one and taken + one > whole for one, taken, whole in left)


class Turns:
    """Who steps in for nodes that are lost: the other nodes by name, each task from another on.

    So the tasks of a node that is lost are spread over those that are left.
    """

    def __init__(self) -> None:
        self._turns: defaultdict[str, int] = defaultdict(int)

    def of(self, names: Sequence[str], chosen: Sequence[str]) -> tuple[str, ...]:
        """The nodes, sorted by name, from one on that is another each time; without the chosen."""
        number = len(names)
        if len(chosen) == number:
            return ()
        place = bisect_left(names, chosen[0])
        start = (place + 1 + self._turns[chosen[0]] % (number - 1)) % number
        self._turns[chosen[0]] += 1
        turn = [*names[start:], *names[:start]]
        if len(chosen) == 1:
            del turn[(place - start) % number]
            return tuple(turn)
        taken = set(chosen)
        return tuple([name for name in turn if name not in taken])


def by_name(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The names of nodes in their order."""
    return tuple(sorted(node.name for node in nodes))


def _amounts(node: Node) -> tuple[float, float, float, float]:
    memory = node.memory_bytes
    unlimited = float("inf")  # memory that is not stated is not compared
    return (node.slots, node.processors, unlimited if memory is None else memory, node.gpus)


def _of_one(asked: Resources) -> tuple[float, float, float]:
    return (asked.cpu, asked.memory, asked.gpu)
