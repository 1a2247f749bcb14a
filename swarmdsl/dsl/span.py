"""Where in the user's source something was written."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from itertools import islice
from types import CodeType, FrameType


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a source file. Lines and columns count from 1; the end column is exclusive."""

    file: str
    line: int
    column: int = 1
    end_line: int
    end_column: int = 1


def caller_span() -> Span | None:
    """The call that the user wrote: the innermost one outside swarmdsl itself."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to a frame
    while frame is not None and _is_own(frame):
        frame = frame.f_back
    return None if frame is None else span_of_frame(frame.f_code, frame.f_lasti, frame.f_lineno)


def span_of_frame(code: CodeType, instruction: int, line: int) -> Span:
    """The stretch that belongs to one instruction of `code`; a whole line if that is unknown."""
    positions = next(islice(code.co_positions(), max(instruction, 0) // 2, None), None)
    start, end, column, end_column = positions or (None, None, None, None)
    if start is None or column is None or end_column is None:
        return Span(file=code.co_filename, line=line, end_line=line)
    return Span(
        file=code.co_filename,
        line=start,
        column=column + 1,
        end_line=end or start,
        end_column=end_column + 1,
    )


def span_of_code(code: CodeType) -> Span:
    """The line on which a function is defined (its first decorator, if it has one)."""
    line = code.co_firstlineno
    return Span(file=code.co_filename, line=line, end_line=line)


def span_of_class(defined: type) -> Span | None:
    """The line on which a class is defined; None if it was written in a shell, or in C."""
    try:
        file, line = inspect.getfile(defined), inspect.getsourcelines(defined)[1]
    except (OSError, TypeError):
        return None
    return Span(file=file, line=line, end_line=line)


def _is_own(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__", ""))
    return name == "swarmdsl" or name.startswith("swarmdsl.")
