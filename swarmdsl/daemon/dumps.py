"""What faulthandler writes of a process that ends, as the traceback that its user wants to see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from swarmdsl.daemon.trace import TRACEBACK_CHARACTERS_MAX, is_ours, without_bundles

_HEADING = "Traceback (most recent call last):"
_FRAME = re.compile(
    r'^ +File "(?P<file>[^"\n]*)", line (?P<line>\d+) in (?P<name>.*)$(?P<source>\n {4}\S.*$)?',
    re.MULTILINE,
)
_FATAL = re.compile(r"^Fatal Python error: .*$", re.MULTILINE)
_STACK = re.compile(r"^(?P<whose>Current thread|Thread) 0x[0-9a-f]+.*$\n", re.MULTILINE)

LineOf = Callable[[str, int], str]
"""Gives a line of a file, by its number from 1; "" if it is not at hand."""


def with_sources(words: str, line_of: LineOf) -> str:
    r"""The end of a log, with the source below each frame that faulthandler wrote of it.

    >>> with_sources('  File "a.py", line 1 in f', lambda file, line: "    return g()\n")
    '  File "a.py", line 1 in f\n    return g()'
    """

    def with_source(found: re.Match[str]) -> str:
        source = line_of(found["file"], int(found["line"])).strip()
        return f"{found[0]}\n    {source}" if source else found[0]

    return _FRAME.sub(with_source, words)


def dumped_traceback(dump: str, error: str) -> str:
    r"""The stack of the thread that ended a process, or of the main thread, as a traceback.

    >>> stack = '  File "a.py", line 1 in g\n    1 / 0\n  File "a.py", line 4 in f\n'
    >>> dump = f"Thread 0x7f (most recent call first):\n{stack}  File '<frozen x>', line"
    >>> print(dumped_traceback(dump, "TimeIsUp: late"))
    Traceback (most recent call last):
      File "a.py", line 4, in f
      File "a.py", line 1, in g
        1 / 0
    TimeIsUp: late
    """
    frames = list(_users_frames(dump))[::-1]
    text = without_bundles("\n".join([_HEADING, *frames, error]))
    return text[-TRACEBACK_CHARACTERS_MAX:]


def crash_told(words: str) -> str:
    r"""What a process wrote before it crashed, and the traceback of that; else just what it wrote.

    >>> stack = 'Current thread 0x7f (most recent call first):\n  File "a.py", line 1 in f\n'
    >>> print(crash_told(f"one\nFatal Python error: Aborted\n\n{stack}\nExtension modules: x"))
    one
    Traceback (most recent call last):
      File "a.py", line 1, in f
    Fatal Python error: Aborted
    >>> crash_told("killed")
    'killed'
    """
    found = [*_FATAL.finditer(words)]
    if not found:
        return words
    last = found[-1]
    dump = words[last.end() :]
    if not any(_users_frames(dump)):
        return words
    return f"{words[: last.start()]}{dumped_traceback(dump, last[0])}"


def _users_frames(dump: str) -> Iterator[str]:
    """The frames of the stack that matters, the innermost first."""
    for one in _FRAME.finditer(_stack(dump)):
        if not is_ours(one["file"]):
            source = one["source"] or ""
            yield f'  File "{one["file"]}", line {one["line"]}, in {one["name"]}{source}'


def _stack(dump: str) -> str:
    """That of the thread that crashed; else the last, which is that of the main thread."""
    found = [*_STACK.finditer(dump)]
    if not found:
        return ""
    chosen = next((one for one in found if one["whose"] == "Current thread"), found[-1])
    ends = [one.start() for one in found if one.start() > chosen.start()]
    return dump[chosen.end() : min(ends, default=len(dump))]
