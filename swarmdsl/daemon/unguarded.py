"""A block around which nothing is done: where there is no limit, entering one must cost nothing."""

from __future__ import annotations

from types import TracebackType


class Unguarded:
    """A context that may be entered any number of times, also within itself.

    >>> with UNGUARDED, UNGUARDED:
    ...     print("as it is")
    as it is
    """

    __slots__ = ()

    def __enter__(self) -> None:
        """Nothing."""

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Nothing."""


UNGUARDED = Unguarded()
