"""Where runs lie, and that a socket's path stays short."""

from __future__ import annotations

import os
import stat
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from swarmdsl.control.home import (
    find_run,
    list_runs,
    make_run_folder,
    new_run_id,
    remove_socket_folder,
    socket_folder,
    written_at,
)
from swarmdsl.errors import RunNotFound


def a_run(home: Path, run_id: str) -> None:
    make_run_folder(home, run_id).store.touch()


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    moments = [noon, noon + timedelta(days=300), noon - timedelta(seconds=1)]
    for moment in moments:
        a_run(tmp_path, new_run_id(moment, "aaaa"))
    listed = [run.id for run in list_runs(tmp_path)]
    assert listed == [new_run_id(moment, "aaaa") for moment in sorted(moments, reverse=True)]


def test_of_a_file_that_has_just_gone_it_is_not_known_when_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    assert written_at(file) is None
    file.touch()
    os.utime(file, (1_000.5, 1_000.5))
    assert written_at(file) == 1_000.5


def test_no_home_has_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "nowhere") == []


def test_a_folder_without_a_store_is_no_run(tmp_path: Path) -> None:
    make_run_folder(tmp_path, "half")
    assert list_runs(tmp_path) == []


def test_a_run_folder_has_its_places_and_is_made_once(tmp_path: Path) -> None:
    run = make_run_folder(tmp_path, "r")
    assert run.bundles.is_dir()
    assert run.logs.is_dir()
    assert run.topology.parent == run.store.parent == run.path
    with pytest.raises(FileExistsError):
        make_run_folder(tmp_path, "r")


def test_a_run_is_found_by_its_id(tmp_path: Path) -> None:
    a_run(tmp_path, "r1")
    assert find_run(tmp_path, "r1").path == tmp_path / "runs" / "r1"


def test_a_run_is_found_by_a_beginning_that_no_other_has_and_the_newest_as_last(
    tmp_path: Path,
) -> None:
    for run in ("20261121-040600-3f9a", "20261121-040601-aaaa", "20261122-040600-0000"):
        a_run(tmp_path, run)
    assert find_run(tmp_path, "20261122").id == "20261122-040600-0000"
    assert find_run(tmp_path, "20261121-040601").id == "20261121-040601-aaaa"
    assert find_run(tmp_path, "last").id == "20261122-040600-0000"


def test_an_id_that_another_one_begins_with_names_its_own_run(tmp_path: Path) -> None:
    a_run(tmp_path, "r1")
    a_run(tmp_path, "r10")
    assert find_run(tmp_path, "r1").id == "r1"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("20261121", "begins 2 runs"),
        ("20261121", "20261121-040601-aaaa, 20261121-040600-3f9a; write more"),
        ("20261121-040600-3f9b", "did you mean 20261121-040600-3f9a"),
    ],
)
def test_what_may_have_been_meant_is_asked(tmp_path: Path, written: str, meant: str) -> None:
    a_run(tmp_path, "20261121-040600-3f9a")
    a_run(tmp_path, "20261121-040601-aaaa")
    with pytest.raises(RunNotFound) as caught:
        find_run(tmp_path, written)
    assert meant in str(caught.value)
    assert "`swarm ps --all` lists them" in str(caught.value)


def test_an_unknown_run_names_the_newest(tmp_path: Path) -> None:
    a_run(tmp_path, "r1")
    a_run(tmp_path, "r2")
    with pytest.raises(RunNotFound, match="the newest runs are: r2, r1"):
        find_run(tmp_path, "r3")


def test_a_socket_folder_is_private_short_and_removable(tmp_path: Path) -> None:
    folder = socket_folder(str(tmp_path))
    try:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.name.startswith("swarm-")
        assert len(f"{folder}/4095".encode()) < 107
        (folder / "0").touch()
        with pytest.raises(FileExistsError):
            socket_folder(str(tmp_path))
    finally:
        remove_socket_folder(folder)
    assert not folder.exists()
    remove_socket_folder(folder)


def test_a_long_temporary_folder_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / ("x" * 90)))
    folder = socket_folder(str(tmp_path))
    remove_socket_folder(folder)
    assert folder.parent == Path("/tmp")


def test_only_a_socket_folder_is_ever_removed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not a socket folder"):
        remove_socket_folder(tmp_path)
    assert tmp_path.is_dir()
