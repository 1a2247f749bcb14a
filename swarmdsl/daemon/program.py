"""How a daemon calls the user's code, whatever kind of module it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from swarmdsl.daemon.work import Handle, Runnable

Push = Callable[[object], None]
"""Pushes one value as it is now, waiting for credit where it must."""


class Program(Protocol):
    """A hosted instance's code."""

    def run(self, work: Runnable, push: Push) -> None:
        """Do a function's work of a round."""

    def handle(self, work: Handle, push: Push) -> None:
        """Do a daemon's work on a batch."""
