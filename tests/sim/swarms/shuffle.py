"""Words by key, checked where they were counted; shares that are gathered in turn."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Swarm, Task

WORDS = ["the", "fox", "and", "the", "dog", "and", "the", "owl", "saw", "a", "cat"]


def split() -> Iterator[str]:
    yield from WORDS


def first_letter(word: str) -> str:
    return word[0]


def count(words: list[str]) -> dict[str, int]:
    return {word: words.count(word) for word in sorted(set(words))}


def check(counted: dict[str, int]) -> int:
    return sum(counted.values())


def measure(words: list[str]) -> int:
    return len(words)


def total(checked: list[int], lengths: list[int]) -> list[int]:
    return [sum(checked), sum(lengths)]


class Shuffle(Swarm):
    def execute(self) -> Task:
        words = Task(split, method="any")
        counted = Task(count, method="all")(words, key=first_letter)
        checked = Task(check, method="all", alias="checked")(counted, policy="pair")
        lengths = Task(measure, method="all", alias="lengths")(words, policy="balance")
        return Task(total, method="any")([checked, lengths])
