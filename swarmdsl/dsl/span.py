"""Where in the user's source something was written."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from types import CodeType, FrameType
from typing import NamedTuple

_Positions = tuple[int | None, int | None, int | None, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a source file. Lines and columns count from 1; the end column is exclusive."""

    file: str
    line: int
    column: int = 1
    end_line: int
    end_column: int = 1


class Call(NamedTuple):
    """A call that the user wrote: all that its span is found by, at a fraction of the cost.

    A graph may have a hundred thousand of them, and few findings ask for the columns of one.
    """

    code: CodeType
    instruction: int
    line: int

    def span(self) -> Span:
        """Where the call stands in its file."""
        return span_of_frame(self.code, self.instruction, self.line)


def caller() -> Call | None:
    """The call that the user wrote: the innermost one outside swarmdsl itself."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to a frame
    while frame is not None and _is_own(frame):
        frame = frame.f_back
    return None if frame is None else Call(frame.f_code, frame.f_lasti, frame.f_lineno)


def caller_span() -> Span | None:
    """The span of the call that the user wrote."""
    call = caller()
    return None if call is None else call.span()


def span_of_frame(code: CodeType, instruction: int, line: int) -> Span:
    """The stretch that belongs to one instruction of `code`; a whole line if that is unknown."""
    positions = next(islice(code.co_positions(), max(instruction, 0) // 2, None), None)
    return _span(code, positions or (None, None, None, None), line)


def _span(code: CodeType, positions: _Positions, line: int) -> Span:
    start, end, column, end_column = positions
    if start is None or column is None or end_column is None:
        return Span(file=code.co_filename, line=line, end_line=line)
    return Span(
        file=code.co_filename,
        line=start,
        column=column + 1,
        end_line=end or start,
        end_column=end_column + 1,
    )


def spans_of(calls: Iterable[Call]) -> list[Span]:
    """The span of each call; each piece of code is read once, however many calls it makes."""
    made = list(calls)
    codes = {id(call.code): call.code for call in made}
    lines: dict[int, dict[int, int]] = {key: {} for key in codes}
    for call in made:
        lines[id(call.code)][call.instruction] = call.line
    found = {key: _spans(codes[key], lines[key]) for key in codes}
    return [found[id(call.code)][call.instruction] for call in made]


def _spans(code: CodeType, lines: dict[int, int]) -> dict[int, Span]:
    """By instruction, the spans of those for which a line is given."""
    return {
        2 * index: _span(code, positions, lines[2 * index])
        for index, positions in enumerate(code.co_positions())
        if 2 * index in lines
    }


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
