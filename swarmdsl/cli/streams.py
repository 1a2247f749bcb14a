"""Where a command writes: data to one stream, talk to the other, each with or without colour."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import TextIOBase
from typing import Literal, NoReturn, TextIO, cast

from swarmdsl.errors import SwarmError

Style = Literal["good", "bad", "warning", "faint", "strong"]

_NOBODY_LISTENS = (errno.EPIPE, errno.EIO, errno.EBADF)  # a pipe, a terminal, `2>&-`
_STDERR = 2  # the last of the three descriptors that every process is given
_CODES: Mapping[Style, str] = {
    "good": "32",
    "bad": "1;31",
    "warning": "33",
    "faint": "2",
    "strong": "1",
}


class ReaderGone(Exception):
    """Nobody reads our data any more, as when `| head` has seen enough."""


class OutputLost(SwarmError):
    """Data could not be written, as on a full disk."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"cannot write to standard output: {problem}")
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """The two streams of a command.

    Attributes:
        out: takes data, what a pipe or a file wants.
        err: takes talk, what only a person wants.
        colored: whether colour is allowed at all; a stream must also be a terminal.
    """

    out: TextIO
    err: TextIO
    colored: bool = True

    def show(self, text: str) -> None:
        """Write data.

        Raises:
            ReaderGone: the other end is closed.
            OutputLost: it cannot be written for another reason.
        """
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError as problem:
            _let_go(self.out)
            raise ReaderGone from problem
        except OSError as problem:
            _let_go(self.out)
            raise OutputLost(problem.strerror or str(problem)) from problem

    def say(self, text: str) -> None:
        """Write a line of talk; where nobody listens, what we do is still worth doing."""
        talk = Talk(self.err)
        talk.write(f"{text}\n")
        talk.flush()

    def paint(self, text: str, style: Style, stream: TextIO) -> str:
        """The text in a style, if `stream` shows styles."""
        if not (self.colored and stream.isatty()):
            return text
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


class Talk(TextIOBase):
    """A stream for talk: once its reader is gone, or its terminal is closed, it takes in silence.

    Args:
        stream: where the talk goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str, /) -> int:
        """Write it, if anybody listens."""
        with self._unheard():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with self._unheard():
            self._stream.flush()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The descriptor of the stream."""
        return self._stream.fileno()

    @contextmanager
    def _unheard(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            _let_go(self._stream)
            if problem.errno not in _NOBODY_LISTENS:
                raise


class Closed(TextIOBase):
    """Stands for a stream that was closed before we began, as by `>&-`."""

    def write(self, text: str, /) -> NoReturn:
        """Refuse it."""
        raise OSError(errno.EBADF, "it is closed")


def standard_streams() -> Streams:
    """The streams of this process; Python has None for one that is closed."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _occupy_standard_descriptors()
    return Streams(
        out=sys.stdout or cast("TextIO", Closed()),
        err=sys.stderr or cast("TextIO", Talk(cast("TextIO", Closed()))),
    )


def _occupy_standard_descriptors() -> None:
    """Else the next file that we open becomes the stdout of whatever we start."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - takes no keyword
    os.close(descriptor)


def _let_go(stream: TextIO) -> None:
    """Let what is still buffered vanish, or the interpreter complains about it at its end."""
    with suppress(OSError, ValueError):  # A stream without a descriptor has nothing to let go.
        descriptor = stream.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)
