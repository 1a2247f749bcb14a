"""The lines by which a reader of a daemon's log finds their way: written here, and read."""

from __future__ import annotations

import re

_STARTS = re.compile(r"^==== incarnation \d+ starts ====$", re.MULTILINE)
_CANNOT_START = re.compile(r"^\S+ of module \S+ cannot start: .*$", re.MULTILINE)


def start_of(incarnation: int) -> str:
    r"""What parts the log of a daemon that was started anew from that of its predecessor.

    >>> start_of(1)
    '\n==== incarnation 1 starts ====\n'
    """
    return f"\n==== incarnation {incarnation} starts ====\n"


def last_incarnation(log: str) -> str:
    r"""What the process wrote that was started last.

    >>> last_incarnation("one\n==== incarnation 1 starts ====\ntwo\n")
    'two'
    """
    return _STARTS.split(log)[-1].strip()


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
