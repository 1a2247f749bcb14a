"""What a process of a daemon wrote last: the end of its log, without secrets."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from swarmdsl.control.source_lines import source_line
from swarmdsl.daemon.dumps import with_sources
from swarmdsl.daemon.log_marks import last_incarnation
from swarmdsl.daemon.redaction import Redaction

LAST_WORDS_BYTES_MAX = 32_768  # of a lost daemon's log: the stack of a thread, and its heading


def last_words(log: Path, redaction: Redaction) -> str:
    """The end of a log, of the process that was started last; "" if it wrote nothing.

    Of a stack that is in it each frame has its line of source, where that is at hand.
    """
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LAST_WORDS_BYTES_MAX))
        words = file.read().decode("utf-8", "replace").strip()
        told = last_incarnation(redaction.end(words))
        return redaction.text(with_sources(told, source_line))
    return ""
