"""Scripts that run swarms in the foreground, and what their users are told: real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from tests.e2e.gates import PATIENCE_S, Gate

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]

WAITING = """
    from swarmdsl import Swarm, Task
    from tests.e2e.gated_swarm import pass_gate

    def wait() -> int:
        pass_gate("wait")
        return 1

    class Waiting(Swarm):
        def execute(self):
            return Task(wait)

    if __name__ == "__main__":
        for _ in range(2):
            print(Waiting().run({how}).state)
"""

FAILING = """
    import logging
    from swarmdsl import Swarm, Task

    def divide(by: int) -> float:
        return 1 / by

    class Failing(Swarm):
        def execute(self):
            return Task(divide, inputs={"by": 0})

    if __name__ == "__main__":
        HOW
"""

Begin = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Execute a script as a user does."""
    own = {
        "SWARM_HOME": str(tmp_path / "home"),
        "GATES": str(tmp_path),
        "PYTHONPATH": str(REPOSITORY),
    }

    def begun(source: str) -> subprocess.Popen[str]:
        script = tmp_path / "script.py"
        script.write_text(dedent(source), encoding="utf-8")
        return subprocess.Popen(
            [sys.executable, str(script)],
            cwd=tmp_path,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begun


def failing(how: str) -> str:
    return dedent(FAILING).replace("HOW", how)


@pytest.mark.parametrize("how", ["", "immediate=True"])
def test_ctrl_c_ends_the_run_and_then_the_script(begin: Begin, tmp_path: Path, how: str) -> None:
    with closing(Gate(tmp_path, "wait")) as gate:
        script = begin(WAITING.format(how=how))
        gate.arrival()
        script.send_signal(signal.SIGINT)
        out, err = script.communicate(timeout=PATIENCE_S)
    assert out == "", "no second run begins, and the first one's state is not printed"
    assert script.returncode == -signal.SIGINT, "as of any script that Ctrl-C has ended"
    last = err.splitlines()[-1]
    assert last.startswith("KeyboardInterrupt: run ")
    assert last.endswith("ended STOPPED: interrupted in round 0, at work on wait@node1#0")
    assert "RunFailed" not in err


def test_a_failure_that_nobody_asks_for_is_said_once(begin: Begin) -> None:
    script = begin(failing("Failing().run()"))
    out, err = script.communicate(timeout=PATIENCE_S)
    assert (script.returncode, out) == (0, "")
    [line] = err.splitlines()
    assert line.startswith("run ")
    assert "ended FAILED: " in line
    assert "ZeroDivisionError" in line


def test_a_program_says_by_logging_where_its_failures_are_told(begin: Begin) -> None:
    script = begin(
        failing('logging.getLogger("swarmdsl").setLevel(logging.CRITICAL); Failing().run()')
    )
    assert script.communicate(timeout=PATIENCE_S) == ("", "")


def test_who_draws_the_end_of_a_run_in_a_notebook_is_not_told_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from swarmdsl.notebook.progress import Progress
    from tests.e2e.background_swarm import Failing

    class Place:
        def update(self, picture: dict[str, str], *, raw: bool) -> None:
            pass

    Failing().run(home=tmp_path, observers=[Progress(show=lambda _picture: Place())])
    assert caplog.messages == []


TYPING = """
    import logging
    from swarmdsl import Swarm, Task
    from swarmdsl.light import World

    def count(world: World) -> int:
        if world.iteration < 2:
            world.schedule_next_iter()
        return world.iteration

    class Counting(Swarm):
        max_iterations = 5

        def execute(self):
            return Task(count)

    if __name__ == "__main__":
        logging.basicConfig(format="%(name)s %(levelname)s %(message)s", level=logging.INFO)
        Counting().run(immediate=True)
"""


def test_warnings_of_the_compiler_reach_who_runs_a_script(begin: Begin) -> None:
    script = begin(TYPING)
    out, err = script.communicate(timeout=PATIENCE_S)
    assert (script.returncode, out) == (0, "")
    assert [": ".join(line.split(": ")[:2]) for line in err.splitlines()] == [
        "swarmdsl WARNING script.py:12:22: SW319 warning"
    ]
