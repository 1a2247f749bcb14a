"""The key to a run's fork server: where its owner's successor knocks, and what it must say."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

KEY_FILE = "owner.key"  # in the run's folder, for this user alone, as long as the server lives
DOOR = "owner"  # the socket, in the run's socket folder


class OwnerKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a later owner needs to take over the daemons of a run.

    Attributes:
        socket_folder: the private folder of the run's sockets.
        token: random; whoever can read it may own the daemons.

    >>> OwnerKey(socket_folder="/tmp/swarm-0123abcd", token="t").door
    PosixPath('/tmp/swarm-0123abcd/owner')
    """

    socket_folder: str
    token: str

    @property
    def door(self) -> Path:
        """The socket where the fork server listens for a new owner."""
        return Path(self.socket_folder) / DOOR


def write_key(run_folder: Path, key: OwnerKey) -> Path:
    """Keep the key for this user alone; returns the file."""
    file = run_folder / KEY_FILE
    remove_key(file)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.encode(key))
    return file


def read_key(run_folder: Path) -> OwnerKey:
    """The key of the run.

    Raises:
        FileNotFoundError: there is none, so no fork server waits for an owner.
        msgspec.DecodeError: the file holds something else.
    """
    return msgspec.json.decode((run_folder / KEY_FILE).read_bytes(), type=OwnerKey)


def remove_key(file: Path) -> None:
    """Remove the file; nothing happens if it is gone."""
    file.unlink(missing_ok=True)


def remove_own_key(file: Path, token: str) -> None:
    """Remove the file unless another fork server has put its own there, whose token is another."""
    with suppress(FileNotFoundError, msgspec.DecodeError):
        if read_key(file.parent).token == token:
            remove_key(file)
