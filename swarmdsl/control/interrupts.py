"""Ctrl-C, and what other processes ask of a run, as values that a loop can wait for."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Protocol

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COMMANDS = "commands"  # in the folder of the run's sockets: the pipe that takes these
STOP = b"s"  # no further round
KILL = b"k"  # as Ctrl-C; twice is at once
LOOK = b"c"  # there is a question in the folder of calls
_RING = b"."  # says nothing but that there is something


class Asked(Protocol):
    """What tells a controller that the user has asked for the end."""

    @property
    def count(self) -> int:
        """How often so far."""

    @property
    def killed(self) -> bool:
        """Whether another process has asked, as `swarm kill` does, and not Ctrl-C."""

    @property
    def stop_wanted(self) -> bool:
        """Whether no further round is wanted."""

    def take_call(self) -> bool:
        """Whether somebody has said, since the last time, that there are questions to answer."""

    def fileno(self) -> int:
        """A descriptor that is readable once there was an interrupt."""

    def heard(self) -> None:
        """Make the descriptor silent until the next interrupt."""


class Interrupts:
    """How often the user has asked for the end: once is polite, twice is at once.

    Args:
        commands: where to make a named pipe by which other processes ask. It reaches who has it
            open and nobody else, so no process is ever mistaken for the one that is meant.

    Attributes:
        count: how often so far.
        killed: whether another process has asked, as `swarm kill` does.
        stop_wanted: whether no further round is wanted.
    """

    def __init__(self, commands: Path | None = None) -> None:
        self.count = 0
        self.killed = False
        self.stop_wanted = False
        self._pressed = False
        self._call = True  # it may have been put before there was somebody to be told
        self._reader, self._writer = _pipe() if commands is None else _named_pipe(commands)

    def fileno(self) -> int:
        """A descriptor that is readable once there was an interrupt."""
        return self._reader

    @property
    def by_ctrl_c(self) -> bool:
        """Whether Ctrl-C was among what asked for the end; one that a debugger kept was not."""
        return self._pressed and self.count > 0

    def pressed(self) -> None:
        """Note that the user has pressed Ctrl-C, whatever that will mean."""
        self._pressed = True

    def add(self) -> None:
        """Ask for the end; safe in a signal handler and from another thread."""
        self.count += 1
        with suppress(BlockingIOError):  # So full that it rings already.
            os.write(self._writer, _RING)

    def heard(self) -> None:
        """Take in what was asked, and make the descriptor silent until the next interrupt."""
        try:
            asked = os.read(self._reader, 4_096)
        except BlockingIOError:
            return
        self.count += asked.count(KILL)
        self.killed = self.killed or KILL in asked
        self.stop_wanted = self.stop_wanted or STOP in asked
        self._call = self._call or LOOK in asked

    def take_call(self) -> bool:
        """Whether there may be questions to answer."""
        call, self._call = self._call, False
        return call

    def close(self) -> None:
        """Give the descriptors back."""
        for descriptor in {self._reader, self._writer}:
            os.close(descriptor)


def _pipe() -> tuple[int, int]:
    return os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)


def _named_pipe(path: Path) -> tuple[int, int]:
    """Both ends are one descriptor, so that it is never at its end; a plain pipe if need be."""
    try:
        with suppress(FileExistsError):  # Of a controller that died.
            os.mkfifo(path, 0o600)
        both = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # A file system without such: then only signals ask.
        return _pipe()
    return both, both


Meaning = Callable[[Interrupts, int], None]
"""What is done about a signal; it may raise, in the midst of whatever the main thread does."""


def count_it(interrupts: Interrupts, _signal: int) -> None:
    """Ask for the end, and disturb nothing."""
    interrupts.add()


@contextmanager
def interrupts_on_signals(
    signals: Sequence[signal.Signals] = SIGNALS,
    commands: Path | None = None,
    meaning: Meaning = count_it,
) -> Iterator[Interrupts]:
    """Interrupts that Ctrl-C, SIGTERM and SIGHUP add to, for the time of the block.

    A signal that is ignored stays so: under `nohup` a run goes on when its terminal closes.
    Signal handlers belong to the main thread; in another one the caller makes `Interrupts` alone.
    """
    interrupts = Interrupts(commands)

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            interrupts.pressed()
        meaning(interrupts, number)

    heeded = [number for number in signals if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, on_signal) for number in heeded}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        interrupts.close()


@contextmanager
def interrupts_here(commands: Path, meaning: Meaning = count_it) -> Iterator[Interrupts]:
    """Signals belong to the main thread; a run in another one is not interrupted by them."""
    if threading.current_thread() is threading.main_thread():
        with interrupts_on_signals(commands=commands, meaning=meaning) as interrupts:
            yield interrupts
        return
    interrupts = Interrupts(commands)
    try:
        yield interrupts
    finally:
        interrupts.close()
