"""What a killed writer has left half written, made whole again."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from swarmdsl.control.schema import SCHEMA_VERSION
from swarmdsl.errors import StoreUnreadable

_UNFINISHED = (sqlite3.SQLITE_READONLY_ROLLBACK, sqlite3.SQLITE_READONLY_RECOVERY)


def schema_version(connection: sqlite3.Connection, path: Path, wait_s: float) -> int:
    """The version of the schema: the first that a connection reads, be it to a file half written.

    Args:
        connection: to the file, perhaps without the right to write.
        path: of the file.
        wait_s: how long to wait for others that use it.

    Raises:
        sqlite3.DatabaseError: it is no database, or cannot be read.
    """
    try:
        return _read(connection)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode not in _UNFINISHED:
            raise
    _roll_back(path, wait_s)
    return _read(connection)


def _read(connection: sqlite3.Connection) -> int:
    with closing(connection.execute("PRAGMA user_version")) as cursor:
        (version,) = cursor.fetchone()
    return int(version)


def _roll_back(path: Path, wait_s: float) -> None:
    """Undo a commit that was never finished, if this process may; SQLite knows who is alive."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with (
        suppress(sqlite3.Error),  # The reader meets what is wrong, and tells of it.
        closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=wait_s)) as connection,
    ):
        _read(connection)


def check_version(connection: sqlite3.Connection, path: Path, wait_s: float) -> None:
    """Refuse what is not the store of a run that we can read.

    Raises:
        StoreUnreadable: it is none, or its schema is newer than ours.
    """
    try:
        version = schema_version(connection, path, wait_s)
    except sqlite3.DatabaseError as error:
        raise StoreUnreadable(path, f"is not the store of a run: {error}") from error
    if version == 0:
        raise StoreUnreadable(path, "is not the store of a run")
    if version > SCHEMA_VERSION:
        raise StoreUnreadable(
            path,
            f"was written by a newer swarmdsl (schema {version}, this one reads up to "
            f"{SCHEMA_VERSION}); upgrade swarmdsl to read it",
        )
