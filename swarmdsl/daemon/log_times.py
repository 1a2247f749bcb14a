"""The time before each line of a log: written here, and read."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
_FIRST = re.compile(_TIME)
_LINES = re.compile(r"[^\n]*\n|[^\n]+")  # only this ends a line: a bar draws itself anew by \r
_ALL = re.compile(f"^{_TIME}", re.MULTILINE)


def time_text(at: float) -> str:
    """A moment, in seconds since 1970, in UTC: texts of two moments sort as the moments do.

    >>> time_text(1_000.5)
    '1970-01-01T00:16:40.500Z'
    """
    moment = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def parted(line: str) -> tuple[str, str]:
    """The time of a line, and the rest; "" if it has none, as what native code writes.

    >>> parted("1970-01-01T00:16:40.500Z done"), parted("Fatal Python error")
    (('1970-01-01T00:16:40.500Z', 'done'), ('', 'Fatal Python error'))
    """
    found = _FIRST.match(line)
    return ("", line) if found is None else (found[0].rstrip(), line[found.end() :])


def without_times(text: str) -> str:
    r"""The lines without their times.

    >>> without_times("1970-01-01T00:16:40.500Z one\ntwo\n")
    'one\ntwo\n'
    """
    return _ALL.sub("", text)


class Timed:
    r"""Puts the time before each line that has none, however it is cut into pieces.

    >>> timed = Timed(lambda: 1_000.5)
    >>> timed.of("on") + timed.of("e\n\n")
    '1970-01-01T00:16:40.500Z one\n\n'
    """

    def __init__(self, wall_s: Callable[[], float]) -> None:
        self._wall_s = wall_s
        self._is_begun = False  # the line

    def of(self, text: str) -> str:
        """The next piece."""
        return "".join(map(self._piece, _LINES.findall(text)))

    def _piece(self, piece: str) -> str:
        is_begun, self._is_begun = self._is_begun, not piece.endswith("\n")
        if is_begun or not piece.strip() or _FIRST.match(piece):
            return piece
        return f"{time_text(self._wall_s())} {piece}"


class TimedLog(io.TextIOWrapper):
    """A stream to a log, line by line, with the time before each."""

    def __init__(self, stream: io.TextIOWrapper, wall_s: Callable[[], float]) -> None:
        super().__init__(
            stream.buffer, encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        self._former = stream  # which would close what both write to, if it were forgotten
        self._timed = Timed(wall_s)

    def write(self, text: str, /) -> int:
        """Write it; the count is that of the text, as its writer knows it."""
        super().write(self._timed.of(text))
        return len(text)


def time_the_standard_streams(wall_s: Callable[[], float]) -> None:
    """From now on what this process says goes out with the time before each line."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        assert isinstance(stream, io.TextIOWrapper)
        stream.flush()
        setattr(sys, name, TimedLog(stream, wall_s))


def are_timed() -> bool:
    """Whether what this process says has its times: not where it goes to the user's terminal."""
    return isinstance(sys.stderr, TimedLog)
