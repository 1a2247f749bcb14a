"""What tracebacks need of code that lies in no file a daemon has: what it is called, its lines."""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import CodeType
from typing import Any

from swarmdsl.wire.carried_source import packed

_NUMBER = re.compile(r"\d+")


def file_shown(code: CodeType) -> str:
    """How the file of some code is called where it runs: by no folder, and a cell by its number.

    >>> file_shown(compile("1", "/home/ada/train.py", "exec"))
    'train.py'
    """
    file = code.co_filename
    if file.startswith("<"):
        return _cell(file) or file
    return _cell(file) or Path(file).name


def _cell(file: str) -> str:
    """The cell that IPython compiled under this name, as in `cell 3`; empty if it is none."""
    ipython: Any = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    name_of = getattr(getattr(shell, "compile", None), "format_code_name", None)
    found = None if name_of is None else name_of(file)
    number = None if found is None else _NUMBER.search(str(found[-1]))
    return "" if number is None else f"cell {number[0]}"


def lines_behind(codes: Iterable[CodeType]) -> bytes:
    """The lines of this code, as they travel behind it."""
    files: dict[str, dict[int, str]] = {}
    for code in codes:
        lines = linecache.getlines(code.co_filename)
        last = max((line for *_, line in code.co_lines() if line is not None), default=0)
        numbers = range(code.co_firstlineno, min(last, len(lines)) + 1)
        shown = {number: lines[number - 1].rstrip() for number in numbers}
        files.setdefault(file_shown(code), {}).update(shown)
    return packed(files)
