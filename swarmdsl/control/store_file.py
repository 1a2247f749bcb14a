"""How the file of a run's store is laid out and written: values of some megabytes must be cheap.

In a round with models a few of them are written, read in the next one, and dropped in the one
after. SQLite's own choices are for small rows: each such value would be moved from its log into its
file at once, waiting for the disk, and be read from there again.
"""

from __future__ import annotations

import sqlite3

PAGE_BYTES = 16_384  # a large value takes fewer pages than by default; a small commit little more
LOG_PAGES = 4_096  # 64 MiB that the log may grow to: what is replaced until then is moved once
CACHE_PAGES = 1_024  # 16 MiB: a large value that was just written need not be read again


def lay_out(connection: sqlite3.Connection) -> None:
    """Choose the pages of a new file, before there are tables in it."""
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")


def prepare_to_write(connection: sqlite3.Connection) -> None:
    """Let a connection write to a log beside the file, so that others read meanwhile."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    connection.execute(f"PRAGMA cache_size = {CACHE_PAGES}")
