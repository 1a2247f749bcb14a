"""Whether a run is looked after outlasts neither the block nor the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from swarmdsl.control.claim import claimed, is_claimed
from swarmdsl.control.home import RunFolder, make_run_folder
from swarmdsl.control.records import RunRecord
from swarmdsl.control.state import RunState
from swarmdsl.control.store import Store
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.topology.codec import write
from tests.handmade import chain


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run that is RUNNING, as far as its store tells."""
    folder = make_run_folder(tmp_path, "r")
    write(chain(), {}, folder.path)
    record = RunRecord(
        id="r", swarm="s", topology_hash="h", state=RunState.RUNNING.value, created_at=0.0
    )
    Store.create(folder.store, record).close()
    return folder


def test_a_run_is_claimed_inside_the_block_alone(tmp_path: Path) -> None:
    assert not is_claimed(tmp_path)
    with claimed(tmp_path):
        assert is_claimed(tmp_path)
    assert not is_claimed(tmp_path)


def test_a_killed_process_claims_nothing(tmp_path: Path) -> None:
    code = f"""
import os, pathlib
from swarmdsl.control.claim import claimed
with claimed(pathlib.Path({str(tmp_path)!r})):
    os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
    assert (tmp_path / "controller.lock").exists()
    assert not is_claimed(tmp_path)


def test_a_run_that_is_looked_after_stands_as_its_store_tells(folder: RunFolder) -> None:
    with claimed(folder.path):
        assert StoredRun.open(folder).record().state == "RUNNING"


def test_a_run_that_nobody_looks_after_has_failed(folder: RunFolder) -> None:
    record = StoredRun.open(folder).record()
    assert record.state == "FAILED"
    assert "ended without a word; `swarm resume " in (record.reason or "")
