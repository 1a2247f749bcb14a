"""Lists of daemons, as a document says them: `worker@node7#0 .. worker@node5#0` for very many.

A stretch is the daemons of one group and number on the nodes from one to another, by name and
round the end; nodes that stand before in the list are left out. Ten thousand tasks of which each
could run on any of a hundred nodes are a million candidates, and most people want to read fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from swarmdsl.topology.model import DaemonGroup

MARK = " .. "
SHORTEST = 3  # daemons: two are as easily named as a stretch of two

Ring = tuple[str, ...]
"""The daemons of one group and number, by the names of their nodes."""


class Stretches:
    """What the groups of a topology are made of, to shorten lists of their daemons and back.

    >>> nodes = ("a", "b", "c", "d")
    >>> short = Stretches([DaemonGroup(name="w", kind="worker", nodes=nodes, per_node=(1,) * 4)])
    >>> short.shortened(("w@c#0", "w@d#0", "w@a#0", "w@b#0"))
    ['w@c#0 .. w@b#0']
    >>> short.named(["w@c#0", "w@d#0 .. w@b#0"])
    ['w@c#0', 'w@d#0', 'w@a#0', 'w@b#0']
    """

    def __init__(self, groups: Iterable[DaemonGroup]) -> None:
        self._rings: list[Ring] = [ring for group in groups for ring in _rings(group)]
        self._doubled = [[*ring, *ring] for ring in self._rings]
        self._places = [
            {_node(name): place for place, name in enumerate(ring)} for ring in self._rings
        ]
        self._at: Mapping[str, tuple[int, int]] = {
            name: (number, place)
            for number, ring in enumerate(self._rings)
            for place, name in enumerate(ring)
        }

    def shortened(self, daemons: Sequence[str]) -> list[str]:
        """The list as a document says it: stretches as long as can be, from the first on."""
        if len(daemons) < SHORTEST:
            return list(daemons)
        said: list[str] = []
        start, skipped = 0, list[str]()
        while start < len(daemons):
            length = self._length(daemons, start, skipped)
            end = start + length
            if length >= SHORTEST:
                said.append(f"{daemons[start]}{MARK}{daemons[end - 1]}")
            else:
                said += daemons[start:end]
            if end < len(daemons):
                skipped += map(_node, daemons[start:end])
            start = end
        return said

    def named(self, said: Iterable[str]) -> list[str]:
        """Every daemon of such a list, by its name.

        Raises:
            ValueError: a stretch is none; it says why.
        """
        found: list[str] = []
        nodes: set[str] = set()
        for one in said:
            names = [one] if MARK not in one else self._stretch(one, nodes)
            found += names
            nodes.update(map(_node, names))
        return found

    def _length(self, daemons: Sequence[str], start: int, skipped: Sequence[str]) -> int:
        """How many daemons from here on are one stretch."""
        ring, place = self._at.get(daemons[start], (-1, 0))
        left = len(daemons) - start
        if ring < 0 or left == 1:
            return 1
        if not skipped and daemons[start + 1] != self._doubled[ring][place + 1]:
            return 1  # for speed: so it is with most tasks
        rest, following = list(daemons[start:]), self._following(ring, place, skipped)
        if following[:left] == rest:
            return left
        pairs = enumerate(zip(following, rest, strict=False))
        alike = next((number for number, (one, other) in pairs if one != other), len(following))
        return max(1, alike)  # none, if its node stands before

    def _following(self, ring: int, place: int, skipped: Sequence[str]) -> list[str]:
        """The daemons of a ring from a place on, once round, without those of some nodes."""
        places = self._places[ring]
        length = len(places)
        following = self._doubled[ring][place : place + length]
        gaps = {(places[node] - place) % length for node in skipped if node in places}
        for gap in sorted(gaps, reverse=True) if len(gaps) > 1 else gaps:
            del following[gap]
        return following

    def _stretch(self, said: str, nodes: set[str]) -> Iterator[str]:
        first, _, last = said.partition(MARK)
        for name in (first, last):
            if name not in self._at:
                raise ValueError(f"there is no daemon {name!r}")
        (ring, begin), (other, end) = self._at[first], self._at[last]
        if ring != other:
            raise ValueError(f"{first!r} and {last!r} are not of one group and number")
        length = (end - begin) % len(self._rings[ring]) + 1
        names = self._doubled[ring][begin : begin + length]
        return (name for name in names if _node(name) not in nodes)


def _rings(group: DaemonGroup) -> Iterator[Ring]:
    by_name = sorted(zip(group.nodes, group.per_node, strict=False))
    for number in range(max(group.per_node, default=0)):
        yield tuple(f"{group.name}@{node}#{number}" for node, has in by_name if number < has)


def _node(daemon: str) -> str:
    return daemon.partition("@")[2].rpartition("#")[0]
