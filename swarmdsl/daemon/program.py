"""How a daemon calls the user's code, whatever kind of module it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol, runtime_checkable

from swarmdsl.daemon.work import Handle, Invoke, Produce, Respond, Runnable

Push = Callable[[object], None]
"""Pushes one value as it is now, waiting for credit where it must; an `AtOnce` or `Along` as it
says.

A `RoundOver` is no value, and ends the round of a source.
"""


class AtOnce(NamedTuple):
    """A value that is to be on its way when the call returns; to one task only, if one is named."""

    value: object
    to: str | None


class Along(NamedTuple):
    """A value that is for one link alone, by its position: of several functions that run as one."""

    value: object
    link: int


@contextmanager
def closing_if_it_can(values: Iterator[object]) -> Iterator[Iterator[object]]:
    """The values of a source; if it is a generator, its `finally` blocks run at the end.

    >>> def count():
    ...     try:
    ...         yield from range(9)
    ...     finally:
    ...         print("closed")
    >>> with closing_if_it_can(count()) as values:
    ...     next(values)
    0
    closed
    >>> with closing_if_it_can(iter([1])) as values:
    ...     next(values)
    1
    """
    try:
        yield values
    finally:
        close = getattr(values, "close", None)
        if close is not None:
            close()


class RoundOver:
    """Pushed by the timer of a source: it pushes nothing more in this round."""


SPECIAL = frozenset({Along, AtOnce, RoundOver})
"""What is pushed and is more than a value."""


class Program(Protocol):
    """A hosted instance's code."""

    def run(self, work: Runnable, push: Push) -> Sequence[int] | None:
        """Do a function's work of a round.

        Returns how long each call took, in nanoseconds, if there were several.
        """

    def handle(self, work: Handle, push: Push) -> None:
        """Do a daemon's work on a batch."""


@runtime_checkable
class Bound(Protocol):
    """The code of an instance that is given some arguments in every run."""

    @property
    def constants(self) -> Mapping[str, object]:
        """Those arguments, by name."""


@runtime_checkable
class Manifold(Protocol):
    """The code of an instance that runs several functions."""

    def told(self) -> str:
        """Which of them it was at, and with what; as the end of a sentence."""


@runtime_checkable
class Timed(Protocol):
    """The code of an instance that has methods which are called without a push."""

    def invoke(self, work: Invoke, push: Push) -> int:
        """Call one of them; returns how often: fewer times than asked for if its round is over."""


@runtime_checkable
class Remembered(Protocol):
    """The code of an instance whose state outlives its process."""

    def snapshot(self) -> object:
        """Its state."""

    def restore(self, state: bytes) -> None:
        """Take back a state that was encoded as a blob."""


@runtime_checkable
class Living(Protocol):
    """The code of an instance that is told when its process starts to work, and when it ends."""

    def start(self) -> None:
        """Work begins in this process; does nothing if it has begun before."""

    def stop(self) -> None:
        """The run is over; does nothing if no work has begun."""


@runtime_checkable
class Responsive(Protocol):
    """The code of an instance that answers calls."""

    def respond(self, work: Respond) -> bytes:
        """Do what a call asks for; returns its answer, encoded."""


@runtime_checkable
class Source(Protocol):
    """The code of an instance that makes what it pushes by itself."""

    def produce(self, work: Produce) -> Iterator[object]:
        """What it pushes in a round; None where it has nothing to push just now."""

    def position(self) -> object:
        """How far it has come; asked only if it can be sought again."""
