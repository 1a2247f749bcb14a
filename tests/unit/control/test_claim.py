"""Whether a run is looked after outlasts neither the block nor the process."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from swarmdsl.control.claim import CLAIM, Holder, claimed, holder_of, is_alive, is_claimed
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


def test_a_child_that_was_forked_meanwhile_does_not_keep_the_claim(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with claimed(tmp_path):
        child = os.fork()
        if not child:
            os.close(writer)
            os.read(reader, 1)  # until we have looked
            os._exit(0)
    os.close(reader)
    held = is_claimed(tmp_path)
    os.close(writer)
    os.waitpid(child, 0)
    assert not held


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


def test_a_claim_names_its_holder_as_long_as_it_is_held(tmp_path: Path) -> None:
    assert holder_of(tmp_path) is None
    with claimed(tmp_path):
        holder = holder_of(tmp_path)
        assert holder is not None
        assert (holder.pid, is_alive(holder)) == (os.getpid(), True)
    assert holder_of(tmp_path) is None


def test_a_process_with_the_same_number_is_another_one() -> None:
    assert not is_alive(Holder(pid=os.getpid(), started=1))


def test_who_is_refused_leaves_the_holder_s_name(tmp_path: Path) -> None:
    with claimed(tmp_path):
        with pytest.raises(BlockingIOError), claimed(tmp_path):
            pass
        assert holder_of(tmp_path) is not None


def test_whoever_only_asks_keeps_nobody_from_claiming(tmp_path: Path) -> None:
    with (tmp_path / CLAIM).open("wb") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        threading.Timer(0.02, fcntl.flock, (asking, fcntl.LOCK_UN)).start()
        with claimed(tmp_path):
            assert is_claimed(tmp_path)
