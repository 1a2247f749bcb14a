"""Ctrl-C as a value that a loop can wait for."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Asked(Protocol):
    """What tells a controller that the user has asked for the end."""

    @property
    def count(self) -> int:
        """How often so far."""

    def fileno(self) -> int:
        """A descriptor that is readable once there was an interrupt."""

    def heard(self) -> None:
        """Make the descriptor silent until the next interrupt."""


class Interrupts:
    """How often the user has asked for the end: once is polite, twice is at once.

    Attributes:
        count: how often so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        """A descriptor that is readable once there was an interrupt."""
        return self._reader

    def add(self) -> None:
        """Ask for the end; safe in a signal handler and from another thread."""
        self.count += 1
        os.write(self._writer, b".")

    def heard(self) -> None:
        """Make the descriptor silent until the next interrupt."""
        try:
            os.read(self._reader, 4_096)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give the descriptors back."""
        os.close(self._reader)
        os.close(self._writer)


@contextmanager
def interrupts_on_signals(signals: Sequence[signal.Signals] = SIGNALS) -> Iterator[Interrupts]:
    """Interrupts that Ctrl-C, SIGTERM and SIGHUP add to, for the time of the block.

    A signal that is ignored stays so: under `nohup` a run goes on when its terminal closes.
    Signal handlers belong to the main thread; in another one the caller makes `Interrupts` alone.
    """
    interrupts = Interrupts()

    def on_signal(_signal: int, _frame: FrameType | None) -> None:
        interrupts.add()

    heeded = [number for number in signals if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, on_signal) for number in heeded}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        interrupts.close()
