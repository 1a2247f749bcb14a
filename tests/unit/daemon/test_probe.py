"""Whether a container says that its daemon is well: of processes on paper, and of real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from swarmdsl.daemon.health import Health
from swarmdsl.daemon.probe import SILENT_S, problem_of

NOW_S = 1_000.0
FIRST, CARRIER, SUPERVISOR, DAEMON = 1, 20, 30, 40


@dataclass
class Kernel:
    """What the kernel says of the processes of a container, each a child of the one before."""

    folder: Path

    def has(self, *processes: int, stopped: int = 0, state: str = "T") -> None:
        """These live, the parent first; one may be in another state than asleep."""
        for parent, process in zip((0, *processes), processes, strict=False):
            place = self.proc / str(process)
            place.mkdir(parents=True, exist_ok=True)
            shown = state if process == stopped else "S"
            (place / "stat").write_text(
                f"{process} (a (T) name) {shown} {parent} 1 1 0 -1", "utf-8"
            )

    @property
    def proc(self) -> Path:
        return self.folder / "proc"

    @property
    def file(self) -> Path:
        return self.folder / "health"

    def problem(self) -> str:
        return problem_of(self.file, self.proc, NOW_S)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    made = Kernel(tmp_path)
    Health(made.file, SUPERVISOR).looked(DAEMON, NOW_S - 5.0)
    return made


def test_where_all_sleep_or_work_all_is_well(kernel: Kernel) -> None:
    kernel.has(FIRST, CARRIER, SUPERVISOR, DAEMON)
    assert kernel.problem() == ""
    kernel.has(FIRST, CARRIER, SUPERVISOR, DAEMON, stopped=DAEMON, state="R")
    assert kernel.problem() == ""


@pytest.mark.parametrize(
    ("stopped", "who"),
    [
        (DAEMON, "the daemon"),
        (SUPERVISOR, "the process that looks after the daemon"),
        (CARRIER, f"process {CARRIER}"),
        (FIRST, "the first process of the container"),
    ],
)
def test_whoever_is_stopped_is_named(kernel: Kernel, stopped: int, who: str) -> None:
    kernel.has(FIRST, CARRIER, SUPERVISOR, DAEMON, stopped=stopped)
    assert kernel.problem() == f"{who} is stopped"


def test_a_debugger_stops_a_daemon_too(kernel: Kernel) -> None:
    kernel.has(FIRST, SUPERVISOR, DAEMON, stopped=DAEMON, state="t")
    assert kernel.problem() == "the daemon is stopped"


def test_where_nobody_looks_any_more_that_is_told(kernel: Kernel) -> None:
    kernel.has(FIRST, SUPERVISOR, DAEMON)
    Health(kernel.file, SUPERVISOR).looked(DAEMON, NOW_S - SILENT_S - 5.0)
    told = "the process that looks after the daemon has not looked for 25 s"
    assert kernel.problem() == told


def test_while_there_is_no_daemon_those_that_wait_for_one_are_well(kernel: Kernel) -> None:
    kernel.has(FIRST, SUPERVISOR)
    Health(kernel.file, SUPERVISOR).looked(0, NOW_S)
    assert kernel.problem() == ""


def test_what_one_has_said_that_is_gone_counts_for_nothing(kernel: Kernel) -> None:
    kernel.has(FIRST)
    Health(kernel.file, SUPERVISOR).looked(DAEMON, 0.0)
    assert kernel.problem() == ""
    kernel.has(FIRST, stopped=FIRST)
    assert kernel.problem() == "the first process of the container is stopped"


@pytest.mark.parametrize("text", ["", "30 40", "no numbers here", "\xff"])
def test_a_file_that_somebody_else_has_written_is_no_witness(kernel: Kernel, text: str) -> None:
    kernel.has(FIRST, SUPERVISOR, DAEMON, stopped=DAEMON)
    kernel.file.write_text(text, "utf-8")
    assert kernel.problem() == ""


def test_where_it_cannot_be_written_nothing_fails(tmp_path: Path) -> None:
    health = Health(tmp_path / "not there" / "health", SUPERVISOR)
    health.looked(DAEMON, NOW_S)
    health.close()


def test_who_is_asked_often_writes_seldom_but_another_daemon_at_once(kernel: Kernel) -> None:
    health = Health(kernel.file, SUPERVISOR)
    health.looked(DAEMON, NOW_S)
    before = kernel.file.read_text("ascii")
    health.looked(DAEMON, NOW_S + 1.0)
    assert kernel.file.read_text("ascii") == before
    health.looked(DAEMON + 1, NOW_S + 1.0)
    assert kernel.file.read_text("ascii").split()[1:] == [str(DAEMON + 1), "1001.000"]


def test_a_real_process_is_seen_to_be_stopped_and_to_go_on(tmp_path: Path) -> None:
    file, proc = tmp_path / "health", Path("/proc")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        try:
            Health(file, os.getpid()).looked(process.pid, NOW_S)
            assert problem_of(file, proc, NOW_S, first=os.getpid()) == ""
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
            assert problem_of(file, proc, NOW_S, first=os.getpid()) == "the daemon is stopped"
            process.send_signal(signal.SIGCONT)
            os.waitid(os.P_PID, process.pid, os.WCONTINUED | os.WNOWAIT)
            assert problem_of(file, proc, NOW_S, first=os.getpid()) == ""
        finally:
            process.kill()


def test_as_a_command_it_says_nothing_where_nothing_is_wrong() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "swarmdsl.daemon.probe"], capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_it_imports_nothing_that_takes_time() -> None:
    code = "import sys, swarmdsl.daemon.probe; print(sorted(sys.modules))"
    shown = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert "'msgspec'" not in shown
    assert "'zmq'" not in shown
