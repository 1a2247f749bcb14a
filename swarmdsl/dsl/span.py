"""Where in the user's source something was written."""

from __future__ import annotations

import inspect
import linecache
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from types import CodeType, FrameType
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a source file.

    Lines, and columns in characters, count from 1; the end column is exclusive.
    """

    file: str
    line: int
    column: int = 1
    end_line: int
    end_column: int = 1


DECORATED_LINES_MAX = 50  # lines of decorators before a `def`


class Call(NamedTuple):
    """A call that the user wrote: all that its span is found by, at a fraction of the cost.

    A graph may have a hundred thousand of them, and few findings ask for the columns of one.
    """

    code: CodeType
    instruction: int

    def span(self) -> Span:
        """Where the call stands in its file."""
        return span_of_frame(self.code, self.instruction)


def caller() -> Call | None:
    """The call that the user wrote: the innermost one outside swarmdsl itself."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the documented way to a frame
    while frame is not None and _is_own(frame):
        frame = frame.f_back
    return None if frame is None else Call(frame.f_code, frame.f_lasti)


def caller_span() -> Span | None:
    """The span of the call that the user wrote."""
    call = caller()
    return None if call is None else call.span()


def span_of_frame(code: CodeType, instruction: int) -> Span:
    """The stretch that belongs to one instruction of `code`; a whole line if that is unknown."""
    positions = next(islice(code.co_positions(), max(instruction, 0) // 2, None), None)
    start, end, column, end_column = positions or (None, None, None, None)
    if start is None or column is None or end_column is None:
        line = start or _line_of(code, instruction)
        return Span(file=code.co_filename, line=line, end_line=line)
    return Span(
        file=code.co_filename,
        line=start,
        column=column_at(code.co_filename, start, column),
        end_line=end or start,
        end_column=column_at(code.co_filename, end or start, end_column),
    )


def column_at(file: str, line: int, offset: int) -> int:
    """The column of an offset as Python counts it: from 0, in bytes of UTF-8."""
    text = linecache.getline(file, line)
    return 1 + (offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore")))


def offset_at(file: str, line: int, column: int) -> int:
    """The opposite of `column_at`."""
    text = linecache.getline(file, line)
    return column - 1 if text.isascii() else len(text[: column - 1].encode())


def _line_of(code: CodeType, instruction: int) -> int:
    """The line of an instruction whose columns are not known (`python -X no_debug_ranges`)."""
    lines = (line for first, last, line in code.co_lines() if first <= instruction < last)
    return next(lines, None) or code.co_firstlineno


def places_of(calls: Iterable[Call]) -> set[tuple[str, int]]:
    """The file and first line of each call; code is read once, however many calls it makes."""
    made: dict[int, tuple[CodeType, set[int]]] = {}
    for code, instruction in calls:
        made.setdefault(id(code), (code, set()))[1].add(instruction)
    return {
        (code.co_filename, line or _line_of(code, 2 * index))
        for code, instructions in made.values()
        for index, (line, *_) in enumerate(code.co_positions())
        if 2 * index in instructions
    }


def span_of_code(code: CodeType) -> Span:
    """The line on which a function is defined (its first decorator, if it has one)."""
    line = code.co_firstlineno
    return Span(file=code.co_filename, line=line, end_line=line)


def span_of_def(code: CodeType) -> Span:
    """The line with the `def` of a function, below its decorators, if its source can be read."""
    first = code.co_firstlineno
    for line in range(first, first + DECORATED_LINES_MAX):
        text = linecache.getline(code.co_filename, line)
        name = text.find(f"def {code.co_name}")
        if name >= 0 and text[:name].strip() in {"", "async"}:
            start = len(text) - len(text.lstrip()) + 1
            end = len(text.rstrip()) + 1
            return Span(
                file=code.co_filename, line=line, column=start, end_line=line, end_column=end
            )
    return span_of_code(code)


def span_of_def_name(code: CodeType) -> Span:
    """The name of a function behind its `def`, if its source can be read; else as `span_of_def`."""
    whole = span_of_def(code)
    text = linecache.getline(whole.file, whole.line)
    start = text.find(f"def {code.co_name}") + len("def ") + 1
    if start == len("def "):
        return whole
    return replace(whole, column=start, end_column=start + len(code.co_name))


def span_of_class(defined: type) -> Span | None:
    """The line on which a class is defined; None if it was written in a shell, or in C."""
    try:
        file, line = inspect.getfile(defined), inspect.getsourcelines(defined)[1]
    except (OSError, TypeError):
        return None
    return Span(file=file, line=line, end_line=line)


def _is_own(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__")
    return type(name) is str and (name.startswith("swarmdsl.") or name == "swarmdsl")
