"""A long wait, as words for a person."""

from __future__ import annotations

from swarmdsl.cli.durations import shown_s
from swarmdsl.control.happenings import Waiting


def waiting_text(waiting: Waiting, longer_s: float = 0.0) -> str:
    """What a run waits for, how long it has, and how long at most.

    Args:
        waiting: as it was told.
        longer_s: how long ago that was.

    >>> waiting_text(Waiting(what="2 of 4 daemons: a, b", seconds=40.0, at_most_s=60.0), 2.0)
    'waiting for 2 of 4 daemons: a, b (42 s, at most 60 s)'
    >>> seen = "7 results, the last 1 s ago"
    >>> waiting_text(Waiting(what="a", seconds=40.0, at_most_s=None, at_work=True, so_far=seen))
    'at work: a (40 s); 7 results, the last 1 s ago'
    """
    limit = "" if waiting.at_most_s is None else f", at most {waiting.at_most_s:g} s"
    word = "at work:" if waiting.at_work else "waiting for"
    seen = f"; {waiting.so_far}" if waiting.so_far else ""
    return f"{word} {waiting.what} ({shown_s(waiting.seconds + longer_s)}{limit}){seen}"
