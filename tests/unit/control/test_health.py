"""What a machine must be like, one fact at a time; and that looking at this one changes nothing."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from swarmdsl.control.facts import gather
from swarmdsl.control.health import Facts, Finding, Verdict, examine
from swarmdsl.control.interrupts import COMMANDS, interrupts_here
from tests.kept import kept

FIT = Facts(
    platform="linux",
    implementation="cpython",
    python=(3, 11, 7),
    open_files=65_536,
    shared_bytes=1_000_000_000,
    wall_s=1_795_000_000.0,
    wall_passed_s=0.01,
    monotonic_passed_s=0.01,
    newest_run_s=1_794_000_000.0,
    home="/home/ada/.local/state/swarmdsl",
    home_problem="",
    home_mode=0o755,
    runs=12,
    runs_bytes=340_000_000,
    disk_bytes=50_000_000_000,
    temporary="/tmp",
    temporary_problem="",
    stale_sockets=(),
    lost_runs=(),
    unreadable_runs=(),
)


def complaints(facts: Facts) -> list[Finding]:
    return [one for one in examine(facts) if one.verdict is not Verdict.PASS]


def test_a_fit_machine_passes_every_check() -> None:
    assert complaints(FIT) == []
    assert complaints(replace(FIT, open_files=None, newest_run_s=None, home_mode=None)) == []


@pytest.mark.parametrize(
    ("changed", "check", "verdict"),
    [
        ({"platform": "darwin"}, "interpreter", Verdict.FAIL),
        ({"python": (3, 10, 9)}, "interpreter", Verdict.FAIL),
        ({"implementation": "pypy"}, "interpreter", Verdict.WARN),
        ({"open_files": 128}, "open files", Verdict.FAIL),
        ({"runs_bytes": 20_000_000_000}, "runs", Verdict.WARN),
        ({"open_files": 512}, "open files", Verdict.WARN),
        ({"shared_bytes": None}, "shared memory", Verdict.WARN),
        ({"shared_bytes": 1_000}, "shared memory", Verdict.WARN),
        ({"monotonic_passed_s": -1.0}, "clocks", Verdict.FAIL),
        ({"wall_passed_s": -3_600.0}, "clocks", Verdict.WARN),
        ({"wall_s": 12.0}, "clocks", Verdict.WARN),
        ({"newest_run_s": 1_796_000_000.0}, "clocks", Verdict.WARN),
        ({"home_problem": "it is no folder"}, "home", Verdict.FAIL),
        ({"home_mode": 0o777}, "home", Verdict.WARN),
        ({"disk_bytes": 1_000}, "disk", Verdict.FAIL),
        ({"disk_bytes": 500_000_000}, "disk", Verdict.WARN),
        ({"temporary_problem": "it is not there"}, "sockets", Verdict.FAIL),
        ({"temporary": f"/{'x' * 80}"}, "sockets", Verdict.WARN),
        ({"stale_sockets": ["/tmp/swarm-0123abcd"]}, "left sockets", Verdict.WARN),
        ({"lost_runs": ["r1"]}, "lost runs", Verdict.WARN),
        ({"unreadable_runs": ["r1"]}, "stores", Verdict.WARN),
    ],
)
def test_what_is_unfit_is_told_with_its_remedy(
    changed: dict[str, Any], check: str, verdict: Verdict
) -> None:
    [found] = complaints(replace(FIT, **changed))
    assert (found.check, found.verdict) == (check, verdict)
    assert found.fix


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder for temporary files, as a socket's path must be."""
    with TemporaryDirectory(prefix="t-") as folder:
        monkeypatch.setattr("tempfile.tempdir", folder)
        yield Path(folder)


def test_looking_finds_lost_runs_and_makes_no_home(tmp_path: Path) -> None:
    assert gather(tmp_path / "home").lost_runs == []
    assert not (tmp_path / "home").exists()
    kept(tmp_path / "home", "r1")
    kept(tmp_path / "home", "r2", state="COMPLETED", ended_at=2_000.0)
    found = gather(tmp_path / "home")
    assert (found.lost_runs, found.newest_run_s) == (["r1"], 1_000.0)


def test_sockets_that_nobody_listens_at_are_left_ones_once_they_are_old(
    tmp_path: Path, temporary: Path
) -> None:
    left, used, young = (temporary / f"swarm-0000000{number}" for number in range(3))
    for folder in (left, used, young):
        folder.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(used / "controller"))
        for folder in (left, used):
            os.utime(folder, (1.0, 1.0))
        assert gather(tmp_path).stale_sockets == [str(left)]


def test_a_folder_where_a_controller_takes_commands_is_no_left_one(
    tmp_path: Path, temporary: Path
) -> None:
    folder = temporary / "swarm-00000000"
    folder.mkdir()
    with interrupts_here(folder / COMMANDS):
        os.utime(folder, (1.0, 1.0))
        assert gather(tmp_path).stale_sockets == []
    assert gather(tmp_path).stale_sockets == [str(folder)]  # its pipe is there, and nobody reads


def test_that_no_temporary_file_can_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    assert "No usable" in gather(tmp_path).temporary_problem


def test_a_folder_of_sockets_that_goes_while_one_looks_is_none(
    tmp_path: Path, temporary: Path
) -> None:
    (temporary / "swarm-00000000").symlink_to(temporary / "gone")  # listed, and not there
    assert gather(tmp_path).stale_sockets == []


def told_of_runs(facts: Facts) -> str:
    [found] = [one for one in examine(facts) if one.check == "runs"]
    return found.text


def test_what_runs_take_is_told_with_what_makes_room() -> None:
    assert told_of_runs(FIT) == (
        "12 are kept, in 340 MB; swarm prune removes those that ended a week ago"
    )
    assert told_of_runs(replace(FIT, runs=1, runs_bytes=120_000)).startswith("1 is kept, in 0.1 MB")
    assert told_of_runs(replace(FIT, runs=0)) == "none are kept"


def test_all_folders_of_runs_are_counted_with_what_is_in_them(tmp_path: Path) -> None:
    before = gather(tmp_path)
    run = kept(tmp_path, "r1")
    (tmp_path / "runs" / "unborn").mkdir()
    (run.bundles / "large").write_bytes(bytes(1_000_000))
    after = gather(tmp_path)
    assert (before.runs, before.runs_bytes, after.runs) == (0, 0, 2)
    assert 1_000_000 < after.runs_bytes < 2_000_000
