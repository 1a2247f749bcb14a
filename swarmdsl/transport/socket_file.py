"""The file of a Unix socket at which somebody listens."""

from __future__ import annotations

import errno
import os
import socket as unix
import stat
from pathlib import Path
from typing import NamedTuple

from swarmdsl.errors import TransportError


class SocketFile(NamedTuple):
    """The file that was bound: by its inode, for another may take its name."""

    path: str
    device: int
    inode: int


def refuse_if_taken(address: str, path: str) -> None:
    """See to it that nothing at a path is lost when its place is taken.

    Raises:
        TransportError: somebody listens there, or it is no socket.
    """
    if not os.path.lexists(path):
        return
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        raise TransportError(address, "something that is no socket is there; choose another path")
    if not _is_abandoned(path):
        raise TransportError(address, "is taken; stop who listens there, or choose another path")


def _is_abandoned(path: str) -> bool:
    with unix.socket(unix.AF_UNIX, unix.SOCK_STREAM) as probe:
        probe.settimeout(0)
        return probe.connect_ex(path) in {errno.ECONNREFUSED, errno.ENOENT}


def file_at(path: str) -> SocketFile:
    """The file that is there now."""
    status = Path(path).stat()
    return SocketFile(path, status.st_dev, status.st_ino)


def remove_file(file: SocketFile) -> None:
    """Remove it, if it is still there: who runs at the same path by now keeps theirs."""
    try:
        if file_at(file.path) == file:
            Path(file.path).unlink()
    except FileNotFoundError:
        pass
