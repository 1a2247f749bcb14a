"""The root of all errors."""

from __future__ import annotations

from typing import Protocol


class Finding(Protocol):
    """What a compile error is made of; `swarmdsl.compiler.diagnostics.Diagnostic` is one."""

    @property
    def code(self) -> str:
        """The stable code, `SW101`."""


class SwarmError(Exception):
    """The root of every error that swarmdsl raises on purpose.

    >>> issubclass(RunFailed, SwarmError)
    True
    """
