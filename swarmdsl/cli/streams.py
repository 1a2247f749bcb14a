"""Where a command writes: data to one stream, talk to the other, each with or without colour."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TextIO

Style = Literal["good", "bad", "warning", "faint", "strong"]

_CODES: Mapping[Style, str] = {
    "good": "32",
    "bad": "1;31",
    "warning": "33",
    "faint": "2",
    "strong": "1",
}


class ReaderGone(Exception):
    """Nobody reads our data any more, as when `| head` has seen enough."""


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
        """
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError as problem:
            _let_go(self.out)
            raise ReaderGone from problem

    def say(self, text: str) -> None:
        """Write a line of talk; where nobody listens, what we do is still worth doing."""
        try:
            self.err.write(f"{text}\n")
            self.err.flush()
        except BrokenPipeError:
            _let_go(self.err)

    def paint(self, text: str, style: Style, stream: TextIO) -> str:
        """The text in a style, if `stream` shows styles."""
        if not (self.colored and stream.isatty()):
            return text
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def _let_go(stream: TextIO) -> None:
    """Let what is still buffered vanish, or the interpreter complains about it at its end."""
    with suppress(OSError, ValueError):  # A stream without a descriptor has nothing to let go.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
