from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from swarmdsl import Swarm, Task


class Word(NamedTuple):
    text: str
    times: int


def split() -> Iterator[Word]:
    yield Word("a", 1)


def count(words: list[Word]) -> int:
    return sum(word.times for word in words)


class Example(Swarm):
    def execute(self) -> Task:
        words = Task(split, "any")
        return Task(count, "all")(words, key="word")
