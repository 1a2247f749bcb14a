"""A store whose writer was killed amid a commit."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from swarmdsl.control.records import RunRecord
from swarmdsl.control.store import Store

RUN = RunRecord(id="r1", swarm="Words", topology_hash="ab", state="RUNNING", created_at=1.0)


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The files as they are when half of a commit is written."""
    alive, dead = tmp_path / "run.sqlite", tmp_path / "killed"
    Store.create(alive, RUN).close()
    dead.mkdir()
    with closing(sqlite3.connect(alive, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 1")  # Pages are written before the commit.
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE run SET state = 'COMPLETED'")
        for version in range(100):
            writer.execute("INSERT INTO globals VALUES ('t', ?, ?, 0)", (version, bytes(4_096)))
        for file in (alive, alive.with_name("run.sqlite-journal")):
            shutil.copy(file, dead / file.name)
    return dead / "run.sqlite"


def test_a_reader_finds_it_as_it_was_before(killed: Path) -> None:
    with closing(Store.open(killed)) as store:
        assert store.run() == RUN
        assert store.list_globals() == []


def test_a_reader_stays_one(killed: Path) -> None:
    with (
        closing(Store.open(killed)) as store,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        store.set_state("COMPLETED")
