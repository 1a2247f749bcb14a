"""Values dealt among instances that may be elsewhere: their daemons are given up at once."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Limits, Swarm, Task, on


def words() -> Iterator[str]:
    yield from (f"{letter}{number}" for number in range(3) for letter in "abcdef")


def first_letter(word: str) -> str:
    return word[0]


def share(words: list[str]) -> list[str]:
    return sorted(words)


def letters(words: list[str]) -> list[str]:
    """Each letter once: no other instance has any of it."""
    return sorted({f"{word[0]}{words.count(word)}" for word in words})


def united(shares: list[list[str]]) -> list[str]:
    return sorted({word for one in shares for word in one})


class Echo(Daemon):
    @on
    def take(self, word: str) -> str:
        return word


class MovedByKey(Swarm):
    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2)

    def execute(self) -> Task:
        source = Task(words, method="any", alias="source")
        shares = Task(letters, method="maximum", maximum=2, alias="shares")(
            source, key=first_letter
        )
        return Task(united, method="any", alias="all")(shares)


class MovedInTurn(Swarm):
    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2)

    def execute(self) -> Task:
        source = Task(words, method="any", alias="source")
        shares = Task(share, method="maximum", maximum=2, alias="shares")(source, policy="balance")
        return Task(united, method="any", alias="all")(shares)


class MovedDaemon(Swarm):
    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2)

    def execute(self) -> Task:
        source = Task(words, method="any", alias="source")
        return Task(Echo, method="maximum", maximum=2, alias="echo")(source, policy="balance")


class Counted(Daemon):
    """Numbers the words, and remembers how many there were."""

    had = 0

    @on
    def take(self, word: str) -> str:
        self.had += 1
        return f"{self.had} {word}"

    def snapshot(self) -> int:
        return self.had

    def restore(self, state: int) -> None:
        self.had = state


class MovedFromMemory(Swarm):
    """What gathers has moved, and who pushed to it waits for that before it keeps a snapshot."""

    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2, snapshot_every_s=0.004)

    def execute(self) -> Task:
        source = Task(words, method="any", alias="source")
        counted = Task(Counted, method="any", alias="counted")(source)
        return Task(share, method="any", alias="share")(counted)
