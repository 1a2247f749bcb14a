"""The root of all errors."""

from __future__ import annotations

from traceback import FrameSummary
from typing import Protocol


class Finding(Protocol):
    """What a compile error is made of; `swarmdsl.compiler.diagnostics.Diagnostic` is one."""

    @property
    def code(self) -> str:
        """The stable code, `SW101`."""


class Place(Protocol):
    """A stretch of a file; `swarmdsl.dsl.Span` is one."""

    @property
    def file(self) -> str:
        """The file."""

    @property
    def line(self) -> int:
        """The line, from 1."""

    @property
    def column(self) -> int:
        """The column, from 1."""

    @property
    def end_line(self) -> int:
        """The last line."""

    @property
    def end_column(self) -> int:
        """The column behind its end."""


class SwarmError(Exception):
    """The root of every error that swarmdsl raises on purpose.

    Attributes:
        line: of the user's code that is at fault, where no frame of the traceback shows it.

    >>> issubclass(RunFailed, SwarmError)
    True
    """

    line: FrameSummary | None = None
