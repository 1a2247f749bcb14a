"""The short private folder that holds the sockets of one run.

It lies under the system's temporary folder because the path of a socket may have 107 bytes at
most, which a run folder deep in a home directory soon exceeds.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from swarmdsl.transport.addresses import file_of

SOCKET_FOLDER_PREFIX = "swarm-"
PARENT_BYTES_MAX = 72  # leaves 34 of the 107 for "/swarm-0123abcd/" and a socket's own name
PARENT_OF_LAST_RESORT = "/tmp"  # noqa: S108 - exists on every Linux; the folder in it is private


def socket_folder_path(token: str) -> Path:
    """Where the folder of a token is, once it has been made."""
    parent = tempfile.gettempdir()
    if len(parent.encode()) > PARENT_BYTES_MAX:
        parent = PARENT_OF_LAST_RESORT
    name = hashlib.blake2b(token.encode(), digest_size=4).hexdigest()
    return Path(parent) / f"{SOCKET_FOLDER_PREFIX}{name}"


def make_socket_folder(token: str) -> Path:
    """Make the folder, readable by this user alone.

    Raises:
        FileExistsError: the folder is there already; use a token that is used once.
    """
    folder = socket_folder_path(token)
    folder.mkdir(mode=0o700)
    return folder


def remove_socket(folder: Path, address: str) -> None:
    """Remove the socket that a process which has ended left in the folder.

    What it forked may live a little longer and hold the socket open: without its name nobody who
    looks for the successor reaches it. Nothing happens if there is none, or the address is
    anywhere else.

    >>> remove_socket(Path("/tmp/swarm-0123abcd"), "unix:///etc/passwd")
    """
    path = file_of(address)
    if path is not None and path.parent == folder and path.is_socket():
        path.unlink()


def remove_socket_folder(folder: Path) -> None:
    """Remove the folder and what is in it; nothing happens if it is gone.

    Raises:
        ValueError: this is not the name of a socket folder, so it is left alone.
    """
    if not folder.name.startswith(SOCKET_FOLDER_PREFIX):
        raise ValueError(f"{folder} is not a socket folder: its name has another beginning")
    shutil.rmtree(folder, ignore_errors=True)
