"""What belongs to a process and lies in the interpreter: put on while it runs, off while it waits.

Processes that share an interpreter share `os.environ`, `sys.argv` and what is imported. A process
that has something of its own there *wears* it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol


class Garment(Protocol):
    """Something of one process, in the place of what all share."""

    def put_on(self) -> None:
        """Put it in its place, and keep what was there."""

    def take_off(self) -> None:
        """Put back what was there, and keep what the process has made of its own."""


class Variables:
    """Environment variables of one process.

    >>> variables = Variables({"SWARM_ALIAS": "trainer"})
    >>> variables.put_on()
    >>> os.environ["SWARM_ALIAS"]
    'trainer'
    >>> variables.take_off()
    >>> "SWARM_ALIAS" in os.environ
    False
    """

    def __init__(self, values: Mapping[str, str | None]) -> None:
        self._values = dict(values)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Variables:
        """Those by which an environment differs from the one that all have now."""
        names = environment.keys() | os.environ.keys()
        values = {name: environment.get(name) for name in names}
        return cls({name: one for name, one in values.items() if one != os.environ.get(name)})

    def put_on(self) -> None:
        """Set them."""
        self._exchange()

    def take_off(self) -> None:
        """Set them as they were."""
        self._exchange()

    def _exchange(self) -> None:
        before = {name: os.environ.get(name) for name in self._values}
        for name, value in self._values.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._values = before


class Wardrobe:
    """All that one process wears, in the order in which it was put on."""

    def __init__(self) -> None:
        self._worn: list[Garment] = []

    @contextmanager
    def wearing(self, *garments: Garment) -> Iterator[None]:
        """A block of the process in which it wears these."""
        count = len(self._worn)
        try:
            for garment in garments:
                garment.put_on()
                self._worn.append(garment)
            yield
        finally:
            while len(self._worn) > count:
                self._worn.pop().take_off()

    @contextmanager
    def taken_off(self) -> Iterator[None]:
        """A block in which others run."""
        for garment in reversed(self._worn):
            garment.take_off()
        try:
            yield
        finally:
            for garment in self._worn:
                garment.put_on()
