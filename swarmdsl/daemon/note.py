"""What a daemon is at, noted where it outlives the process: whoever finds it dead can tell.

Only names and numbers are noted, and no values: they may hold secrets, and a note is a file.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

NOTE_BYTES_MAX = 1_024
MODE = 0o600  # beside the sockets, whose folder is private too
_SIZE = 2  # bytes, before the text


def note_file(address: str) -> Path | None:
    """Where a daemon notes it, beside its own place; None if that is no path.

    >>> note_file("ipc:///tmp/swarm-0123abcd/4").as_posix(), note_file("memory://worker")
    ('/tmp/swarm-0123abcd/4.note', None)
    """
    _, _, path = address.partition("://")
    return Path(f"{path}.note") if path.startswith("/") else None


class Note:
    """A note that is written anew again and again; what the kernel has taken survives a crash.

    Args:
        path: of the file; None for a note that nobody reads.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     note = Note(Path(folder, "note"))
    ...     note.write("at push 17 of camera@node1#0")
    ...     read_note(Path(folder, "note"))
    'at push 17 of camera@node1#0'
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file: int | None = None
        if path is not None:
            with suppress(OSError):  # It is a help for people: nothing else depends on it.
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
                self._file = os.open(path, flags, MODE)

    def write(self, text: str) -> None:
        """This is what it is at now; "" for nothing."""
        if self._file is None:
            return
        data = text.encode()[:NOTE_BYTES_MAX]
        with suppress(OSError):  # as where the disk is full
            os.pwrite(self._file, len(data).to_bytes(_SIZE, "little") + data, 0)


def read_note(path: Path | None) -> str:
    """What a daemon was at when it ended; "" if that is not known, or nothing."""
    if path is None:
        return ""
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    size = int.from_bytes(data[:_SIZE], "little")
    return data[_SIZE : _SIZE + size].decode("utf-8", "replace")
