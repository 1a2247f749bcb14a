"""A debugger in a run: its user types at a terminal, and is in the frame of the task."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.gates import PATIENCE_S

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
SWARMS = REPOSITORY / "tests/e2e/immediate_swarm.py"
PROMPT = "(Pdb) "


class Terminal:
    """A command at a terminal of its own, whose user reads before they type."""

    def __init__(self, home: Path, swarm: str) -> None:
        self._main, side = pty.openpty()
        target = f"{SWARMS}:{swarm}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "swarmdsl", "run", "--immediate", target, "--home", str(home)],
            stdin=side,
            stdout=side,
            stderr=side,
            env={**os.environ, "STOP": "yes", "NO_COLOR": "1", "PYTHONPATH": str(REPOSITORY)},
            preexec_fn=_lead_terminal,  # noqa: PLW1509 - this process has no other thread that matters
        )
        os.close(side)

    def until(self, text: str) -> str:
        """What is shown up to this text."""
        shown = ""
        while text not in shown:
            ready, _, _ = select.select([self._main], [], [], PATIENCE_S)
            assert ready, f"{text!r} is not shown, only {shown!r}"
            shown += os.read(self._main, 4_096).decode()
        return shown

    def type(self, text: str) -> None:
        os.write(self._main, text.encode())

    def ctrl_c(self) -> None:
        self.type("\x03")

    def terminate(self) -> None:
        self._process.terminate()

    def exit_code(self) -> int:
        return self._process.wait(PATIENCE_S)

    def close_abruptly(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.close_abruptly()
        os.close(self._main)


def _lead_terminal() -> None:
    os.setsid()
    os.close(os.open(os.ttyname(0), os.O_RDWR))  # so it controls this process
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def doubled(home: Path) -> Iterator[Terminal]:
    """A swarm whose task stops in the debugger."""
    terminal = Terminal(home, "Doubled")
    yield terminal
    terminal.close()


@pytest.fixture
def spinning(home: Path) -> Iterator[Terminal]:
    """A swarm whose task is at work for ever."""
    terminal = Terminal(home, "Spinning")
    terminal.until("spinning")
    yield terminal
    terminal.close()


def test_a_breakpoint_shows_the_task_and_changes_what_it_gives(doubled: Terminal) -> None:
    stopped = doubled.until(PROMPT)
    assert f"{SWARMS}(" in stopped
    assert "-> world.results.add" in stopped
    doubled.type("p number\n")
    assert "21" in doubled.until(PROMPT)
    doubled.type("number = 50\n")
    doubled.until(PROMPT)
    doubled.type("p world.globals.get('none', 'asked')\n")
    assert "asked" in doubled.until(PROMPT), "the run answers while the debugger waits"
    doubled.type("c\n")
    assert "[100]" in doubled.until("[100]")
    assert doubled.exit_code() == 0


def test_a_step_leads_over_a_question_to_the_run(doubled: Terminal) -> None:
    doubled.until(PROMPT)
    doubled.type("n\n")
    assert "-> return 2 * number" in doubled.until(PROMPT)
    doubled.type("c\n")
    assert doubled.exit_code() == 0


def test_who_leaves_the_debugger_ends_the_run_in_good_order(doubled: Terminal) -> None:
    doubled.until(PROMPT)
    doubled.type("q\n")
    if sys.version_info >= (3, 14):
        doubled.type("y\n")
    assert "STOPPED: interrupted in round 0" in doubled.until("at work on double@node1#0")
    assert doubled.exit_code() == 130


def test_ctrl_c_at_the_prompt_is_the_debuggers_own(doubled: Terminal) -> None:
    doubled.until(PROMPT)
    doubled.ctrl_c()
    doubled.type("\n")  # Python may hear of a signal that came just before it began to read
    doubled.until("KeyboardInterrupt")
    doubled.type("c\n")
    doubled.until("[42]")
    assert doubled.exit_code() == 0


def test_ctrl_c_ends_a_task_that_is_at_work(spinning: Terminal) -> None:
    spinning.ctrl_c()
    spinning.until("STOPPED: interrupted in round 0")
    assert spinning.exit_code() == 130


def test_sigterm_ends_a_task_that_is_at_work(spinning: Terminal) -> None:
    spinning.terminate()
    spinning.until("STOPPED: interrupted in round 0")
    assert spinning.exit_code() == 130


def test_a_run_that_died_with_its_process_is_ended_and_not_resumed(
    spinning: Terminal, home: Path
) -> None:
    spinning.close_abruptly()
    assert "it cannot be resumed: it was immediate" in swarm("ps", home).stderr
    refused = swarm("resume", home)
    assert refused.returncode == 2
    assert "it was immediate, and its daemons died with its process" in refused.stderr
    assert swarm("kill", home, "last").returncode == 0
    assert "STOPPED" in swarm("ps", home, "--all").stdout


def swarm(verb: str, home: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "swarmdsl", verb, "--home", str(home), *more],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_end_of_the_input_leaves_the_debugger(home: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "swarmdsl", "run", "--immediate", f"{SWARMS}:Doubled", "-q"],
        input="p number\n",
        env={**os.environ, "STOP": "yes", "SWARM_HOME": str(home), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "21" in ended.stdout
    assert (ended.returncode, ended.stderr.splitlines()[0]) == (
        130,
        "STOPPED: interrupted in round 0, at work on double@node1#0",
    )


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["-d"], "--immediate runs the swarm in this process, and --detach in another"),
        (["--engine", "abacus"], "there is no engine 'abacus'"),
    ],
)
def test_what_cannot_be_immediate_is_refused(more: list[str], problem: str, home: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "swarmdsl", "run", "--immediate", f"{SWARMS}:Doubled", *more],
        env={**os.environ, "SWARM_HOME": str(home), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, problem in ended.stderr, home.exists()) == (2, True, False)
