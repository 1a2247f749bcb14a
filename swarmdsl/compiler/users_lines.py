"""Which lines of a traceback belong to the user."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from types import FrameType, TracebackType

from swarmdsl.compiler.sources import INSTALLED_PARTS
from swarmdsl.dsl import Span
from swarmdsl.dsl.span import span_of_frame

_LIBRARIES = tuple(
    Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib")
)


def users_line(traceback: TracebackType | None) -> Span | None:
    """The innermost line of a traceback that belongs to the user."""
    lines = users_lines(traceback)
    return lines[-1] if lines else None


def users_lines(traceback: TracebackType | None) -> list[Span]:
    """Every line of a traceback that belongs to the user, the outermost first."""
    return [span_of_frame(one.tb_frame.f_code, one.tb_lasti) for one in _users_entries(traceback)]


def users_frames(traceback: TracebackType | None) -> list[FrameType]:
    """The frames of a traceback that belong to the user, the outermost first."""
    return [one.tb_frame for one in _users_entries(traceback)]


def _users_entries(traceback: TracebackType | None) -> list[TracebackType]:
    found = []
    while traceback is not None:
        if _is_users(traceback.tb_frame):
            found.append(traceback)
        traceback = traceback.tb_next
    return found


def _is_users(frame: FrameType) -> bool:
    name, file = str(frame.f_globals.get("__name__", "")), Path(frame.f_code.co_filename)
    if name.partition(".")[0] == "swarmdsl" or file.name.startswith("<frozen "):
        return False
    library = any(file.is_relative_to(folder) for folder in _LIBRARIES)
    return not library and not INSTALLED_PARTS & {*file.parts}
