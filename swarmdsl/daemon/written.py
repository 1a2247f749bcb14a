"""What a program has written to the log that it shares with its daemon."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TextIO

WRITTEN_BYTES_MAX = 4_096  # the end is kept: there stands what went wrong


class Written:
    r"""What is written to a log from now on, read back from its file.

    Of a log that is no file, such as a terminal, nobody knows.

    >>> import tempfile
    >>> with tempfile.TemporaryFile("w") as log:
    ...     _ = log.write("before\n")
    ...     written = Written(log)
    ...     _ = log.write("after\n")
    ...     log.flush()
    ...     written.end()
    'after\n'
    """

    def __init__(self, log: TextIO) -> None:
        self._file: int | None = None
        with suppress(OSError, ValueError):  # a log in memory has no number
            log.flush()
            status = os.fstat(log.fileno())
            if stat.S_ISREG(status.st_mode):
                self._file, self._from = log.fileno(), status.st_size

    def end(self) -> str | None:
        """The last lines of it, within `WRITTEN_BYTES_MAX`; None if nobody knows."""
        if self._file is None:
            return None
        try:
            with open(f"/proc/self/fd/{self._file}", "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(self._from, size - WRITTEN_BYTES_MAX))
                return file.read(WRITTEN_BYTES_MAX).decode(errors="replace")
        except OSError:
            return None
