"""The lines by which a reader of a daemon's log finds their way: written here, and read."""

from __future__ import annotations

import re

from swarmdsl.daemon.log_times import without_times

_STARTS = re.compile(r"^==== process \d+ of this daemon starts ====$", re.MULTILINE)
_TIME_IS_UP = re.compile(r"^Timeout \(\d+:\d\d:\d\d(\.\d+)?\)!$", re.MULTILINE)
"""What faulthandler writes when it ends a process, before the stack of each of its threads."""

_CANNOT_START = re.compile(r"^\S+ of module \S+ cannot start: .*$", re.MULTILINE)


def start_of(incarnation: int) -> str:
    r"""What parts the log of a daemon that was started anew from that of its predecessor.

    >>> start_of(1)
    '\n==== process 2 of this daemon starts ====\n'
    """
    return f"\n==== process {incarnation + 1} of this daemon starts ====\n"


def is_start(line: str) -> bool:
    r"""Whether a line, without its time, is that one.

    >>> is_start(start_of(1).strip()), is_start("==== start ====")
    (True, False)
    """
    return _STARTS.fullmatch(line) is not None


def last_incarnation(log: str) -> str:
    r"""What the process wrote that was started last, without the times of its lines.

    >>> last_incarnation(f"one{start_of(1)}1970-01-01T00:16:40.500Z two\n")
    'two'
    """
    return _STARTS.split(without_times(log))[-1].strip()


def where_time_was_up(words: str) -> str:
    r"""The stacks of a process that was ended for its time; "" if it was not.

    >>> where_time_was_up('noise\nTimeout (0:00:05.5)!\nThread 0x7f:\n  File "a.py", line 1 in f')
    'Thread 0x7f:\n  File "a.py", line 1 in f'
    >>> where_time_was_up("Timeout, said somebody")
    ''
    """
    found = [*_TIME_IS_UP.finditer(words)]
    return words[found[-1].end() :].strip() if found else ""


def why_not_started(words: str) -> tuple[str, str]:
    r"""The sentence of `CannotStart` in what a process wrote, and the rest; "" if there is none.

    >>> why_not_started("Traceback\nOSError\na@n1#0 of module Add cannot start: OSError")
    ('a@n1#0 of module Add cannot start: OSError', 'Traceback\nOSError')
    """
    found = [*_CANNOT_START.finditer(words)]
    if not found:
        return "", words
    last = found[-1]
    return last[0], f"{words[: last.start()]}{words[last.end() :]}".strip()
