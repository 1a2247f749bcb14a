"""The command `swarm` as users run it: processes, streams and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType

import pytest

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
SWARM = """
    from threading import Event

    from swarmdsl import Swarm, Task
    from swarmdsl.light import World

    def measure(world: World) -> float:
        factor = float(world.globals["factor"])
        world.results.add("factor", factor)
        return factor

    def total(values: list[float]) -> float:
        return sum(values)

    def fail() -> int:
        return 1 // 0

    def wait() -> None:
        Event().wait()

    class Total(Swarm):
        def __init__(self):
            super().__init__()
            self.set_global("factor", 1)

        def execute(self):
            return Task(total, method="any")(Task(measure))

    class Failing(Swarm):
        def execute(self):
            return Task(fail)

    class Waiting(Swarm):
        def execute(self):
            return Task(wait)

    class Circle(Swarm):
        def execute(self):
            first, second = Task(total), Task(total)
            first(second)
            return second(first)
"""


class CommandLine:
    """Starts `swarm` in a folder; what it starts in turn carries a mark in its environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = uuid.uuid4().hex
        (folder / "all.py").write_text(dedent(SWARM))

    def start(
        self,
        *argv: str,
        stderr: int = subprocess.PIPE,
        redirected: str = "",
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> subprocess.Popen[str]:
        """Start it; `redirected` is what a user writes after the command, such as `>&-`."""
        inherited = {name: value for name, value in os.environ.items() if "SWARM" not in name}
        return subprocess.Popen(
            ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-m", "swarmdsl", *argv],
            cwd=self.folder,
            env=inherited
            | {"PYTHONPATH": str(REPOSITORY), "SWARM_HOME": str(self.folder), "MARK": self.mark}
            | {**environment},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def __call__(
        self, *argv: str, redirected: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(*argv, redirected=redirected, environment=environment)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(argv, process.returncode, out, err)

    def on_terminal(self, *argv: str, **environment: str) -> tuple[int, str]:
        """The exit code, and all that was written to a terminal that is the command's stderr."""
        environment["TERM"] = "xterm-256color"
        master, slave = os.openpty()
        screen = b""
        with self.start(*argv, stderr=slave, environment=environment) as process:
            os.close(slave)
            with suppress(OSError):  # The other end is closed: that is how a terminal ends.
                while part := os.read(master, 65_536):
                    screen += part
            assert process.stdout is not None
            process.stdout.read()
        os.close(master)
        return process.returncode, screen.decode()

    def left_running(self) -> list[str]:
        """The processes that still carry the mark."""
        return [one.name for one in Path("/proc").iterdir() if self.mark in _environment(one)]


def _environment(process: Path) -> str:
    try:
        return (process / "environ").read_text(errors="replace")
    except OSError:
        return ""


@pytest.fixture
def swarm(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


def document(ended: subprocess.CompletedProcess[str]) -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(ended.stdout)
    return found


def test_run_shows_its_value_and_says_the_rest(swarm: CommandLine) -> None:
    ended = swarm("run", "all.py:Total", "--nodes", "3")
    assert (ended.returncode, ended.stdout) == (0, "3.0\n")
    lines = ended.stderr.splitlines()
    assert lines[0].startswith("run ")
    assert "round 0: measure 3, total 1" in lines
    assert "result factor from measure on node2: 1.0" in lines
    assert "COMPLETED: 1 round finished" in lines
    assert lines[-2].startswith("again  swarm results ")


def test_globals_can_be_set(swarm: CommandLine) -> None:
    ended = swarm("run", "all.py:Total", "--nodes", "2", "--set", "factor=2.5", "--quiet")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "5.0\n", "")


def test_results_are_the_document_of_the_run(swarm: CommandLine) -> None:
    ran = document(swarm("run", "all.py:Total", "--format", "json"))
    shown = document(swarm("results", str(ran["run"]), SWARM_FORMAT="json"))
    assert ran == shown
    assert (ran["format_version"], ran["state"], ran["value"]) == ("1.0", "COMPLETED", 1.0)


def test_results_of_the_newest_run_are_a_table(swarm: CommandLine) -> None:
    swarm("run", "all.py:Total", "--nodes", "1")
    ended = swarm("results")
    assert ended.returncode == 0
    assert "state  COMPLETED: 1 round finished\n" in ended.stdout
    assert ended.stdout.endswith("factor  measure  node1  0          1.0\n")


def test_compiled_topology_needs_no_source(swarm: CommandLine) -> None:
    assert swarm("compile", "all.py:Total", "--nodes", "2", "-o", "build").returncode == 0
    (swarm.folder / "all.py").unlink()
    ended = swarm("run", "build", "--quiet")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "2.0\n", "")


def test_failed_run_shows_the_user_s_traceback(swarm: CommandLine) -> None:
    ended = swarm("run", "all.py:Failing")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "FAILED: fail@node1#0 in round 0 raised ZeroDivisionError" in ended.stderr
    assert "return 1 // 0" in ended.stderr
    assert "runpy" not in ended.stderr


def test_swarm_with_errors_is_not_started(swarm: CommandLine) -> None:
    ended = swarm("run", "all.py:Circle")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "SW101 error" in ended.stderr
    assert not (swarm.folder / "runs").exists()


def test_unknown_target_is_a_usage_error(swarm: CommandLine) -> None:
    ended = swarm("run", "all.py:Totla")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Did you mean 'Total'?" in ended.stderr


def test_ctrl_c_stops_the_run_and_leaves_nothing(swarm: CommandLine) -> None:
    process = swarm.start("run", "all.py:Waiting", "--nodes", "2")
    assert process.stderr is not None
    next(line for line in process.stderr if line.startswith("round 0"))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "STOPPED: interrupted in round 0" in err
    assert swarm.left_running() == []


def test_reader_that_leaves_is_no_error(swarm: CommandLine) -> None:
    with swarm.start("run", "all.py:Total") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 141
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


@pytest.mark.parametrize(
    ("redirected", "problem"),
    [(">&-", "it is closed"), (">/dev/full", "No space left on device")],
)
@pytest.mark.parametrize(
    "argv",
    [("run", "all.py:Total", "-q"), ("compile", "all.py:Total"), ("run", "--help")],
    ids=["run", "compile", "help"],
)
def test_data_that_cannot_be_written_is_one_line(
    swarm: CommandLine, argv: tuple[str, ...], redirected: str, problem: str
) -> None:
    ended = swarm(*argv, redirected=redirected)
    told = [line for line in ended.stderr.splitlines() if "cannot write" in line]
    command = "swarm" if argv[-1] == "--help" else f"swarm {argv[0]}"
    assert told == [f"{command}: cannot write to standard output: {problem}"]
    assert ended.returncode == 1
    assert argv[-1] == "--help" or ended.stderr == f"{told[0]}\n"


@pytest.mark.parametrize("redirected", [">&- 2>&-", "<&- >&- 2>&-", ">/dev/full 2>&1"])
def test_failure_that_nobody_can_hear_has_its_code(swarm: CommandLine, redirected: str) -> None:
    assert swarm("run", "all.py:Total", redirected=redirected).returncode == 1


def test_run_without_stderr_shows_its_value(swarm: CommandLine) -> None:
    ended = swarm("run", "all.py:Total", redirected="2>&-")
    assert (ended.returncode, ended.stdout) == (0, "1.0\n")


def test_usage_error_without_stdout_is_a_usage_error(swarm: CommandLine) -> None:
    ended = swarm("run", "--nodse", redirected=">&-")
    assert ended.returncode == 2
    assert "cannot write" not in ended.stderr


def test_run_in_progress_can_be_looked_at(swarm: CommandLine) -> None:
    with swarm.start("run", "all.py:Waiting") as process:
        assert process.stderr is not None
        next(line for line in process.stderr if line.startswith("round 0"))
        shown = document(swarm("results", "--format", "json"))
        process.send_signal(signal.SIGTERM)
    assert (shown["state"], shown["value"]) == ("RUNNING", None)


def test_terminal_shows_the_run_live(swarm: CommandLine) -> None:
    code, screen = swarm.on_terminal("run", "all.py:Total", "--nodes", "2")
    assert code == 0
    assert "\x1b[?25l" in screen, "a live display hides the cursor"
    assert "2/2" in screen
    assert "\x1b[32mCOMPLETED\x1b[0m: 1 round finished" in screen


def test_terminal_without_colour_shows_none(swarm: CommandLine) -> None:
    code, screen = swarm.on_terminal("run", "all.py:Total", NO_COLOR="1")
    assert code == 0
    assert "\x1b[3" not in screen
    assert "COMPLETED: 1 round finished" in screen
