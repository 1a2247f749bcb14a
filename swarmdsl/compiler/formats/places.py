"""File names that mean the same on every machine, and a name for a finding that outlives edits."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from swarmdsl.compiler.diagnostics import Diagnostic

_LINES = re.compile(r"(?<=\.py):\d+(:\d+)?|(?<=\bline )\d+")


def relative(file: str, base: Path) -> str:
    """A file as seen from a folder, with slashes; as it is if it lies elsewhere.

    >>> relative("/repo/swarms/words.py", Path("/repo")), relative("<cell 1>", Path("/repo"))
    ('swarms/words.py', '<cell 1>')
    """
    path = Path(file)
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else file


def file_of(one: Diagnostic, base: Path) -> str:
    """The file of a finding; nothing if it has none."""
    return "" if one.primary is None else relative(one.primary.file, base)


def lasting_message(one: Diagnostic, base: Path) -> str:
    """The message without what changes when lines move or the folder does."""
    return _LINES.sub("", one.message.replace(f"{base.as_posix()}/", ""))


def fingerprint(one: Diagnostic, base: Path) -> str:
    """A name for a finding that stays when lines are added above it, or on another machine.

    Two findings of one code at two lines of a file have the same, if they say the same of the same
    tasks.
    """
    parts = (one.code, file_of(one, base), one.graph_path, lasting_message(one, base))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
