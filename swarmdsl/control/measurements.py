"""What daemons have measured, on its way to the store."""

from __future__ import annotations

from collections import Counter

from swarmdsl.control.statistics_table import StatisticsRow, StatisticsTable
from swarmdsl.daemon.reports import CONTROLLER, Measured, PushesForgotten, Report
from swarmdsl.stats.totals import DaemonTotals, LinkTotals, encode_totals


class Measurements:
    """Keeps what is told, and what the controller alone knows: what became of dead sources' pushes.

    Args:
        table: takes it; the caller has a batch open.
        incarnation: of the controller.
    """

    def __init__(self, table: StatisticsTable, incarnation: int) -> None:
        self._table = table
        self._incarnation = incarnation
        self._missed: dict[int, Counter[str]] = {}

    def reported(self, daemon: str, incarnation: int, report: Report, at: float) -> None:
        """Keep what a report is about, if it is about such a thing.

        Args:
            daemon: that reports.
            incarnation: of its process.
            report: what it says.
            at: the time, in seconds since 1970.
        """
        match report:
            case Measured(totals=totals):
                self._table.add(StatisticsRow(daemon, incarnation, at, totals))
            case PushesForgotten(link=link, lost=lost, unknown=unknown) if lost or unknown:
                missed = self._missed.setdefault(link, Counter())
                missed.update(forgotten=lost, unknown=unknown)
                self._keep_own(at)

    def _keep_own(self, at: float) -> None:
        links = [
            LinkTotals(link, missed={name: count for name, count in one.items() if count})
            for link, one in sorted(self._missed.items())
        ]
        totals = encode_totals(DaemonTotals(0.0, 0.0, 0.0, [], links))
        self._table.add(StatisticsRow(CONTROLLER, self._incarnation, at, totals))
