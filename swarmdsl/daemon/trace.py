"""A traceback as its user wants to see it: from their own first line on."""

from __future__ import annotations

import os
import re
import traceback
from pathlib import Path

from swarmdsl.errors import SwarmError

_BUNDLE = re.compile(r"(?<=\")[^\"\n]*/bundles/[0-9a-f]{64}/")
"""What precedes a file's own name when it was imported from its bundle."""

_OURS = f"{Path(__file__).resolve().parent.parent}{os.sep}"
_EVENT_LOOP = f"{Path(os.__file__).resolve().parent / 'asyncio'}{os.sep}"
TRACEBACK_CHARACTERS_MAX = 16_384  # the end is kept: there stands what went wrong


def users_traceback(error: BaseException) -> str:
    """The traceback of an error without the frames, of swarmdsl and asyncio, that called the code.

    Files are named as the user names them, not by the bundle that they were imported from.
    """
    told = traceback.TracebackException.from_exception(error)
    frames = list(told.stack)
    while frames and _is_ours(frames[0].filename):
        frames.pop(0)
    if frames or isinstance(error, SwarmError):  # ours has a message that needs no stack
        told.stack = traceback.StackSummary.from_list(frames)
    text = _BUNDLE.sub("", "".join(told.format()))
    return text[-TRACEBACK_CHARACTERS_MAX:]


def message_of(error: BaseException) -> str:
    """What an error says, or that it cannot say it."""
    try:
        return str(error)
    except Exception as problem:  # An error of the user's own class may fail at that, too.
        return f"(its message cannot be had: {type(problem).__name__})"


def _is_ours(filename: str) -> bool:
    return filename.startswith((_OURS, _EVENT_LOOP, "<frozen "))
