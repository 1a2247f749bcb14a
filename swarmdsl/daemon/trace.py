"""A traceback as its user wants to see it: from their own first line on."""

from __future__ import annotations

import traceback
from pathlib import Path

_OURS = str(Path(__file__).resolve().parent.parent)
TRACEBACK_CHARACTERS_MAX = 16_384  # the end is kept: there stands what went wrong


def users_traceback(error: BaseException) -> str:
    """The traceback of an error without the frames of swarmdsl that called the user's code."""
    told = traceback.TracebackException.from_exception(error)
    frames = list(told.stack)
    while frames and _is_ours(frames[0].filename):
        frames.pop(0)
    if frames:
        told.stack = traceback.StackSummary.from_list(frames)
    return "".join(told.format())[-TRACEBACK_CHARACTERS_MAX:]


def _is_ours(filename: str) -> bool:
    return filename.startswith(_OURS) or filename.startswith("<frozen ")
