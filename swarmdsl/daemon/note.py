"""What a daemon is at, noted where it outlives the process: whoever finds it dead can tell.

Only names and numbers are noted, and no values: they may hold secrets, and a note is a file.
"""

from __future__ import annotations

import os
from contextlib import suppress
from mmap import mmap
from pathlib import Path

NOTE_BYTES_MAX = 1_024
MODE = 0o600  # beside the sockets, whose folder is private too
_SIZE = 2  # bytes, before the text


def note_file(address: str) -> Path | None:
    """Where a daemon notes it, beside its own place; None if that is no path.

    >>> note_file("unix:///tmp/swarm-0123abcd/4").as_posix(), note_file("memory://worker")
    ('/tmp/swarm-0123abcd/4.note', None)
    """
    _, _, path = address.partition("://")
    return Path(f"{path}.note") if path.startswith("/") else None


class Note:
    """A note that is written anew again and again; what the kernel has taken survives a crash.

    The file is made with the first note, and mapped: each further one costs less than a call of
    the kernel.

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
        self._path = path
        self._map: mmap | None = None
        if path is not None:
            with suppress(OSError):  # There is one if a process before had something to note.
                path.unlink()

    def write(self, text: str) -> None:
        """This is what it is at now; "" for nothing."""
        if self._map is None and self._path is not None and text:
            self._map = _mapped(self._path)
            self._path = None  # what cannot be made now is not tried again
        if self._map is not None:
            data = text.encode()[:NOTE_BYTES_MAX]
            self._map[: _SIZE + len(data)] = len(data).to_bytes(_SIZE, "little") + data


def _mapped(path: Path) -> mmap | None:
    """The bytes of a new file; None if there cannot be one: a note is a help, and no more."""
    size = _SIZE + NOTE_BYTES_MAX
    with suppress(OSError):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MODE)
        try:
            os.posix_fallocate(file, 0, size)  # else a full disk would be a signal, later
            return mmap(file, size)
        finally:
            os.close(file)
    return None


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
