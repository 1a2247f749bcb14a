"""Every way to spread pushes: by key, by a function of the value, balanced, paired."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from swarmdsl import Swarm, Task


class Word(NamedTuple):
    """A word and how often it was seen."""

    text: str
    times: int


def split() -> Iterator[Word]:
    """Words."""
    yield Word("a", 1)


def by_first_letter(word: Word) -> str:
    """What decides where a word goes."""
    return word.text[:1]


def count(words: list[Word]) -> Word:
    """All of one key are here."""
    return Word(words[0].text, sum(word.times for word in words))


def check(word: Word) -> Word:
    """On the node of the instance that it comes from."""
    return word


def show(words: list[Word]) -> int:
    """Some of the words."""
    return len(words)


class Spread(Swarm):
    """From one node to all of them, in four ways."""

    def execute(self) -> list[Task]:
        """Each edge has a policy of its own."""
        words = Task(split, "any")
        counted = Task(count, "all", alias="by_text")(words, key="text")
        return [
            Task(check, "all")(counted, policy="pair"),
            Task(count, "all", alias="by_letter")(words, key=by_first_letter),
            Task(show, "all")(words, policy="balance"),
        ]
