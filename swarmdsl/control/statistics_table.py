"""The totals that daemons have told, in the store of their run; of old ones one in each minute."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from swarmdsl.control.schema import STATISTICS

WHOLE = 120  # of the last tellings of a process, each is kept
EACH = 60  # of those before, one in so many
SPARSE = 1_440  # of these, so many: a day of seconds


class StatisticsRow(NamedTuple):
    """What a process of a daemon has told at a time; the totals are encoded."""

    daemon: str
    incarnation: int
    at: float
    totals: bytes


class StatisticsTable:
    """Keeps totals, a bounded number for each process.

    Args:
        connection: to the store.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, row: StatisticsRow) -> None:
        """Keep what a process has told now."""
        process = row.daemon, row.incarnation
        (number,) = self._connection.execute(
            "SELECT coalesce(max(number), -1) + 1 FROM statistics"
            " WHERE daemon = ? AND incarnation = ?",
            process,
        ).fetchone()
        self._connection.execute(
            "INSERT INTO statistics VALUES (?, ?, ?, ?, ?)", (*process, number, row.at, row.totals)
        )
        if number >= WHOLE:
            self._thin(process, number)

    def _thin(self, process: tuple[str, int], number: int) -> None:
        old = number - WHOLE
        if old % EACH == 0:
            old -= EACH * SPARSE
        self._connection.execute(
            "DELETE FROM statistics WHERE daemon = ? AND incarnation = ? AND number = ?",
            (*process, old),
        )

    def last(self) -> Iterator[tuple[StatisticsRow, StatisticsRow | None]]:
        """Of each process what it has told last, and before that if it had told anything."""
        if not self._is_there():
            return
        rows = self._connection.execute(
            "SELECT daemon, incarnation, at, totals FROM statistics AS one WHERE number > (SELECT"
            " max(number) FROM statistics WHERE daemon = one.daemon"
            " AND incarnation = one.incarnation) - 2 ORDER BY daemon, incarnation, number DESC"
        )
        found: dict[tuple[str, int], list[StatisticsRow]] = {}
        for row in rows:
            found.setdefault((row[0], row[1]), []).append(StatisticsRow(*row))
        for newest, *before in found.values():
            yield newest, before[0] if before else None

    def _is_there(self) -> bool:
        """Whether the store is of a version that has statistics."""
        query = "SELECT count(*) FROM sqlite_master WHERE name = 'statistics'"
        return bool(self._connection.execute(query).fetchone()[0])

    def make(self) -> None:
        """See to it that a store of an earlier version has the table."""
        if not self._is_there():
            self._connection.execute(STATISTICS)
