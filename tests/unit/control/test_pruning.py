"""Runs that ended long ago are removed; whatever lives, or may live again, is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarmdsl.control.claim import claimed
from swarmdsl.control.home import list_runs, make_run_folder
from swarmdsl.control.pruning import UNBORN_S, prunable, remove
from tests.kept import kept

NOW = 1_000_000.0


def names(home: Path, before: float = NOW) -> list[str]:
    return [one.folder.id for one in prunable(home, before, NOW)]


def test_runs_that_ended_before_a_time_are_found_the_oldest_first(tmp_path: Path) -> None:
    kept(tmp_path, "r1", state="COMPLETED", ended_at=300.0)
    kept(tmp_path, "r2", state="FAILED", ended_at=200.0)
    kept(tmp_path, "r3", state="STOPPED", ended_at=400.0)
    assert names(tmp_path, before=400.0) == ["r2", "r1"]


def test_a_run_that_has_not_ended_is_kept_even_if_nobody_looks_after_it(tmp_path: Path) -> None:
    kept(tmp_path, "r1")
    assert names(tmp_path) == []


def test_a_run_on_its_way_out_is_kept(tmp_path: Path) -> None:
    folder = kept(tmp_path, "r1", state="COMPLETED", ended_at=1.0)
    with claimed(folder.path):
        assert names(tmp_path) == []


def test_a_store_that_cannot_be_read_is_kept(tmp_path: Path) -> None:
    kept(tmp_path, "r1", state="COMPLETED", ended_at=1.0).store.write_bytes(b"x" * 2_000)
    assert names(tmp_path) == []


def test_a_folder_in_which_no_run_began_is_found_once_it_is_old(tmp_path: Path) -> None:
    folder = make_run_folder(tmp_path, "r1")
    os.utime(folder.path, (NOW - 1.0, NOW - 1.0))
    assert names(tmp_path) == []
    os.utime(folder.path, (NOW - UNBORN_S - 1.0, NOW - UNBORN_S - 1.0))
    assert names(tmp_path) == ["r1"]


def test_what_is_removed_is_gone_with_all_its_files(tmp_path: Path) -> None:
    folder = kept(tmp_path, "r1", state="COMPLETED", ended_at=1.0)
    (folder.logs / "worker@n1#0.log").write_text("said\n", "utf-8")
    [found] = prunable(tmp_path, NOW, NOW)
    assert found.size > 0
    assert remove(found, NOW)
    assert not folder.path.exists()
    assert list_runs(tmp_path) == []


def test_a_run_that_somebody_takes_meanwhile_is_not_removed(tmp_path: Path) -> None:
    folder = kept(tmp_path, "r1", state="COMPLETED", ended_at=1.0)
    [found] = prunable(tmp_path, NOW, NOW)
    with claimed(folder.path):
        assert not remove(found, NOW)
    assert folder.store.exists()


def test_one_that_is_gone_already_is_no_trouble(tmp_path: Path) -> None:
    kept(tmp_path, "r1", state="COMPLETED", ended_at=1.0)
    [found] = prunable(tmp_path, NOW, NOW)
    assert [remove(found, NOW), remove(found, NOW)] == [True, False]


def test_a_home_without_runs_has_nothing_to_prune(tmp_path: Path) -> None:
    assert names(tmp_path / "nowhere") == []


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "STOPPED"])
def test_it_is_told_how_each_ended(tmp_path: Path, state: str) -> None:
    kept(tmp_path, "r1", state=state, ended_at=1.0)
    assert [one.state for one in prunable(tmp_path, NOW, NOW)] == [state]
