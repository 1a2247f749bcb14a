"""How far each is from where a graph begins. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable


def levels(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The longest way to each node, in edges, all of which join these nodes.

    Those that come after one another in a circle, and those behind such, are left out.

    >>> levels("abcd", [("a", "b"), ("b", "c"), ("a", "c")])
    {'a': 0, 'd': 0, 'b': 1, 'c': 2}
    >>> levels("abc", [("a", "b"), ("b", "a"), ("b", "c")])
    {}
    """
    after: defaultdict[str, list[str]] = defaultdict(list)
    waiting: Counter[str] = Counter()
    for source, destination in edges:
        after[source].append(destination)
        waiting[destination] += 1
    longest: Counter[str] = Counter()
    free = [one for one in nodes if not waiting[one]]
    for one in free:  # the list grows meanwhile
        for other in after[one]:
            longest[other] = max(longest[other], longest[one] + 1)
            waiting[other] -= 1
            if not waiting[other]:
                free.append(other)
    return {one: longest[one] for one in free}
