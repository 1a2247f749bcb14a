"""Which processes a run has, as the kernel tells it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from swarmdsl.control.claim import claimed
from swarmdsl.control.home import RunFolder, make_run_folder
from swarmdsl.control.processes import Processes, processes_of
from swarmdsl.daemon.arguments import log_file

DAEMONS = ("worker@n1#0", "worker@n2#0")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return make_run_folder(tmp_path / "home", "r1")


def process(proc: Path, pid: int, output: Path, parent: int = 1) -> None:
    """A process as the kernel tells of it."""
    (proc / str(pid) / "fd").mkdir(parents=True)
    (proc / str(pid) / "fd" / "1").symlink_to(output)
    (proc / str(pid) / "stat").write_text(f"{pid} (python (3)) S {parent} 1 1")


def test_a_daemon_is_the_process_that_writes_its_log(run: RunFolder, tmp_path: Path) -> None:
    process(tmp_path / "proc", 7, log_file(run.path, "worker@n1#0"))
    process(tmp_path / "proc", 8, tmp_path / "worker@n2#0.log")  # of another run
    assert processes_of(run, DAEMONS, tmp_path / "proc").daemons == {"worker@n1#0": 7}


def test_what_a_daemon_has_started_is_not_the_daemon(run: RunFolder, tmp_path: Path) -> None:
    for pid, parent in ((7, 1), (8, 7), (9, 8)):
        process(tmp_path / "proc", pid, log_file(run.path, "worker@n1#0"), parent)
    assert processes_of(run, DAEMONS, tmp_path / "proc").daemons == {"worker@n1#0": 7}


def test_a_process_that_cannot_be_looked_at_is_passed_over(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "proc" / "7").mkdir(parents=True)
    assert processes_of(run, DAEMONS, tmp_path / "proc") == Processes()


def test_who_looks_after_the_run_is_its_controller(run: RunFolder) -> None:
    with claimed(run.path):
        assert processes_of(run, DAEMONS).controller == os.getpid()
    assert processes_of(run, DAEMONS).controller is None


def test_the_real_kernel_tells_of_them_too(run: RunFolder) -> None:
    with log_file(run.path, "worker@n1#0").open("wb") as log:
        lives = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=log
        )
    assert processes_of(run, DAEMONS).daemons == {"worker@n1#0": lives.pid}
    lives.communicate(b"\n")
    assert processes_of(run, DAEMONS).daemons == {}
