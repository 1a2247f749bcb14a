"""A shuffle: words go to the counter that their first letter chooses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from swarmdsl import Swarm, Task

TEXT = "the quick brown fox jumps over the lazy dog and the bear took a quiet nap below".split()


def read() -> Iterator[str]:
    yield from TEXT


def initial(word: str) -> str:
    return word[0]


def count(words: list[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def merge(counts: list[dict[str, int]]) -> dict[str, int]:
    """Every word is counted by one counter: a tally of two would be lost here."""
    return {word: number for one in counts for word, number in one.items()}


class Shuffle(Swarm):
    def execute(self) -> Task:
        readers = Task(read, method="all", alias="readers")
        counters = Task(count, method="all", alias="counters")(readers, key=initial)
        return Task(merge, method="any", alias="merge")(counters)
