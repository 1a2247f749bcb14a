"""What was not delivered, or late, in a run: one line per link, and none if there is nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from swarmdsl.control.happenings import Happening, IrregularitiesCounted

WORDS = {
    "dropped": "dropped without credit",
    "lost": "lost with a connection",
    "timed_out": "not confirmed in time",
    "orphaned": "for an instance that is missing",
}


class Losses:
    """An observer that adds up what daemons count on their links.

    >>> losses = Losses()
    >>> losses(IrregularitiesCounted(daemon="d", counts={}, links={"a -> b": {"dropped": 2}}))
    >>> losses(IrregularitiesCounted(daemon="e", counts={}, links={"a -> b": {"dropped": 1}}))
    >>> list(losses.lines())
    ['a -> b: 3 pushes dropped without credit']
    """

    def __init__(self) -> None:
        self._links: dict[str, Counter[str]] = {}

    def __call__(self, happening: Happening) -> None:
        """Take in what happened."""
        if isinstance(happening, IrregularitiesCounted):
            for link, counts in happening.links.items():
                self._links.setdefault(link, Counter()).update(counts)

    def lines(self) -> Iterator[str]:
        """What to say of each link, by name."""
        for link, counts in sorted(self._links.items()):
            told = [_told(counts[what], words) for what, words in WORDS.items() if counts[what]]
            if told:
                yield f"{link}: {', '.join(told)}"


def _told(number: int, words: str) -> str:
    return f"{number} {'push' if number == 1 else 'pushes'} {words}"
