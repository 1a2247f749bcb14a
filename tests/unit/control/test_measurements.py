"""What is kept of what daemons have measured."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.control.measurements import Measurements
from swarmdsl.control.records import RunRecord
from swarmdsl.control.statistics_table import EACH, SPARSE, WHOLE, StatisticsRow, StatisticsTable
from swarmdsl.control.store import Store
from swarmdsl.daemon.reports import CONTROLLER, Measured, PushesForgotten, WorkStarted
from swarmdsl.stats.totals import decode_totals

SINK = "sink@n1#0"
RUN = RunRecord(id="r", swarm="S", topology_hash="9f", state="RUNNING", created_at=0.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.create(tmp_path / "run.sqlite", RUN)
    yield store
    store.close()


def row(number: int, incarnation: int = 0, daemon: str = SINK) -> StatisticsRow:
    return StatisticsRow(daemon, incarnation, float(number), b"%d" % number)


def test_of_each_process_the_last_two_are_told(store: Store) -> None:
    for number in range(3):
        store.statistics.add(row(number))
    store.statistics.add(row(7, incarnation=1))
    assert [*store.statistics.last()] == [(row(2), row(1)), (row(7, incarnation=1), None)]


def test_a_report_is_kept_with_who_said_it_and_when(store: Store) -> None:
    measurements = Measurements(store.statistics, 0)
    measurements.reported(SINK, 2, Measured(b"totals"), 12.5)
    measurements.reported(SINK, 2, WorkStarted(SINK, 0), 13.0)
    assert [*store.statistics.last()] == [(StatisticsRow(SINK, 2, 12.5, b"totals"), None)]


def test_what_nobody_will_handle_is_added_up_by_link(store: Store) -> None:
    measurements = Measurements(store.statistics, 4)
    for lost, unknown in ((2, 0), (1, 5), (0, 0)):
        forgotten = PushesForgotten("source@n1#0", 0, 1, 0, lost, unknown, 0)
        measurements.reported(SINK, 0, forgotten, 1.0)
    ((last, before),) = store.statistics.last()
    assert (last.daemon, last.incarnation, before is not None) == (CONTROLLER, 4, True)
    (of_link,) = decode_totals(last.totals).links
    assert (of_link.link, of_link.missed) == (1, {"forgotten": 3, "unknown": 5})


def test_the_last_tellings_are_kept_and_of_those_before_one_in_each_minute(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "run.sqlite", RUN)
    with store.batch():
        for number in range(400):
            store.statistics.add(row(number))
    store.close()
    with sqlite3.connect(tmp_path / "run.sqlite") as connection:
        kept = [int(one[0]) for one in connection.execute("SELECT number FROM statistics")]
    assert kept == [*range(0, 400 - WHOLE, EACH), *range(400 - WHOLE, 400)]


def test_what_is_kept_of_a_process_is_bounded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swarmdsl.control.statistics_table.SPARSE", 3)
    with store.batch():
        for number in range(1_000):
            store.statistics.add(row(number))
    held = store._connection.execute("SELECT count(*) FROM statistics").fetchone()[0]
    assert held <= WHOLE + 3 + 1
    assert SPARSE > 3


def test_a_run_of_an_earlier_version_has_none_and_takes_some_once_it_goes_on(
    store: Store, tmp_path: Path
) -> None:
    store._connection.execute("DROP TABLE statistics")
    read = Store.open(tmp_path / "run.sqlite")
    assert [*read.statistics.last()] == []
    read.close()
    written = Store.open(tmp_path / "run.sqlite", to_write=True)
    written.statistics.add(row(0))
    assert [*StatisticsTable(store._connection).last()] == [(row(0), None)]
    written.close()
