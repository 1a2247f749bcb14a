"""A traceback as its user wants to see it: from their own first line on."""

from __future__ import annotations

import bdb
import contextlib
import importlib
import os
import re
import traceback
from pathlib import Path

from swarmdsl.errors import CannotStart, ProgramEnded, ProgramWroteWrong, ScriptRaised, SwarmError

_BUNDLE = re.compile(r"(?<=[\"'])[^\"'\n]*/bundles/[0-9a-f]{64}/")
"""What precedes a file's own name when it was imported from its bundle."""

_READ_ONLY = re.compile(r"(?:array|destination) is read-only")
"""What NumPy says to whoever changes an array that is not theirs."""

_OURS = f"{Path(__file__).resolve().parent.parent}{os.sep}"
_COMPILED = f"swarmdsl{os.sep}"  # a module that was compiled names its file from there on
_LIGHT = f"{_OURS}light{os.sep}"
_IMMEDIATE = "a task has one only with immediate=True (swarm run --immediate)"
_STANDARD = f"{Path(os.__file__).resolve().parent}{os.sep}"
_EVENT_LOOP = f"{Path(os.__file__).resolve().parent / 'asyncio'}{os.sep}"
_CONTEXT = str(contextlib.__file__)
_IMPORT = f"{Path(importlib.__file__).resolve().parent}{os.sep}"
TRACEBACK_CHARACTERS_MAX = 16_384  # the end is kept: there stands what went wrong


def details_of(error: BaseException) -> str:
    """What there is to say of an error besides its message: where it was raised, what was written.

    Nothing, if it is an error of ours, or a debugger's, that none of the user's own lines raised.
    """
    if isinstance(error, ScriptRaised):
        return error.traceback
    if isinstance(error, ProgramEnded | ProgramWroteWrong):
        return error.written
    told = isinstance(error, SwarmError | bdb.BdbQuit) and not error.__cause__
    if told and not users_frames(error):
        return ""
    return users_traceback(error)


def users_traceback(error: BaseException) -> str:
    """The traceback of an error without the frames, of swarmdsl and asyncio, that called the code.

    Files are named as the user names them, not by the bundle that they were imported from.
    """
    if isinstance(error, CannotStart) and error.__cause__ is not None:
        return f"{users_traceback(error.__cause__)}{error}\n"
    told = traceback.TracebackException.from_exception(error)
    frames = users_frames(error)
    if frames or isinstance(error, SwarmError | bdb.BdbQuit):  # no stack says more than they do
        told.stack = traceback.StackSummary.from_list(frames)
    text = _BUNDLE.sub("", "".join(told.format()))
    return text[-TRACEBACK_CHARACTERS_MAX:]


def users_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """The frames from the user's first line to their last, or to that of a library of theirs."""
    frames = list(traceback.extract_tb(error.__traceback__))
    while frames and is_ours(frames[0].filename):
        frames.pop(0)
    while frames and isinstance(error, SwarmError) and is_ours(frames[-1].filename):
        frames.pop()  # Where we found out is not where it went wrong.
    frames = _without_light(frames)
    if isinstance(error, SwarmError) and all(_is_standard(one.filename) for one in frames):
        frames = []  # We waited there, for a program say, and called none of the user's code.
    while frames and isinstance(error, bdb.BdbQuit) and frames[-1].filename == bdb.__file__:
        frames.pop()
    if not frames and isinstance(error, SwarmError) and error.line is not None:
        return [error.line]
    return frames


def _without_light(frames: list[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """The frames up to the user's call of what they import: how that is done is ours."""
    for position, one in enumerate(frames):
        behind = (each.filename for each in frames[position:])
        if one.filename.startswith(_LIGHT) and all(map(_is_not_the_users, behind)):
            return frames[:position]
    return frames


def name_of(error: BaseException) -> str:
    """The name of what was raised, in the process of a script too.

    >>> name_of(ValueError("no luck"))
    'ValueError'
    """
    return error.error if isinstance(error, ScriptRaised) else type(error).__name__


def message_of(error: BaseException) -> str:
    """What an error says, or that it cannot say it; and what helps, where that is known."""
    try:
        text = str(error)
    except Exception as problem:  # An error of the user's own class may fail at that, too.
        return f"(its message cannot be had: {type(problem).__name__})"
    return "; ".join(filter(None, (_BUNDLE.sub("", text), _advice(error))))


def _advice(error: BaseException) -> str:
    """What helps with an error that comes of being a task."""
    if isinstance(error, bdb.BdbQuit):
        return f"breakpoint() needs a terminal, and {_IMMEDIATE}"
    if isinstance(error, SystemExit):
        return "a task ends by returning, and fails by raising what went wrong"
    if isinstance(error, EOFError) and "reading a line" in str(error):
        return f"input() needs a terminal, and {_IMMEDIATE}"
    if isinstance(error, ValueError) and _READ_ONLY.search(str(error)):
        return (
            "an array that a task is given, or reads from globals, is read-only, as nobody has "
            "copied it: change a copy, as in `x = x.copy()`"
        )
    if isinstance(error, OSError) and _in_bundle(error.filename):
        return (
            "__file__ is within the code bundle here, which holds Python files alone: name a data "
            "file by its whole path, or make it a dataset of the node"
        )
    return ""


def _in_bundle(name: object) -> bool:
    return _BUNDLE.search(f'"{name}') is not None


def without_bundles(text: str) -> str:
    """A text in which files are named as the user names them."""
    return _BUNDLE.sub("", text)


def is_ours(filename: str) -> bool:
    """Whether a file is swarmdsl's own, or only calls what the user wrote."""
    return filename.startswith((_OURS, _COMPILED, _EVENT_LOOP, _CONTEXT, _IMPORT, "<frozen "))


def _is_standard(filename: str) -> bool:
    """Whether a file is of Python's own library, which also holds what was installed beside it."""
    return filename.startswith(_STANDARD) and "site-packages" not in filename


def _is_not_the_users(filename: str) -> bool:
    """Whether a file is ours, or of a library, which we may call as well as the user."""
    return is_ours(filename) or _is_standard(filename) or "site-packages" in filename
