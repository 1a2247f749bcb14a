"""The root of all errors."""

from __future__ import annotations

from traceback import FrameSummary
from typing import Protocol


class Finding(Protocol):
    """What a compile error is made of; `swarmdsl.compiler.diagnostics.Diagnostic` is one."""

    @property
    def code(self) -> str:
        """The stable code, `SW101`."""


class SwarmError(Exception):
    """The root of every error that swarmdsl raises on purpose.

    Attributes:
        line: of the user's code that is at fault, where no frame of the traceback shows it.

    >>> issubclass(RunFailed, SwarmError)
    True
    """

    line: FrameSummary | None = None
