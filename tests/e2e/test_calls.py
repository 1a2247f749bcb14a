"""Calls between real processes: from tasks, from scripts, from Python and from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl import BackgroundRun, Module, Swarm, Task
from swarmdsl.errors import CallFailed, CallTimedOut, RunUnreachable
from tests.e2e.called_swarm import Board, Called

pytestmark = pytest.mark.e2e

PATIENCE_S = 60.0


@pytest.fixture
def run(tmp_path: Path) -> Iterator[BackgroundRun]:
    started = Called().run(home=tmp_path / "home", background=True)
    yield started
    if not started.state.final:
        started.kill()


def command(run: BackgroundRun, *words: str) -> subprocess.CompletedProcess[str]:
    home = str(run.folder.parent.parent)
    return subprocess.run(
        [sys.executable, "-m", "swarmdsl", *words, "--home", home],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )


def test_a_run_is_called_from_python_and_ends_as_it_is_told(run: BackgroundRun) -> None:
    assert run.call("board", "put", "a", 1) == 1
    assert run.call("board", "put", key="b", value=2) == 2
    assert run.call("board", "all") == {"a": 1, "b": 2}
    assert run.call("board", "put", "end", 5) == 3
    assert run.wait(PATIENCE_S).value["wait"] == 5
    with pytest.raises(RunUnreachable, match="it has ended"):
        run.call("board", "all")


def test_what_is_wrong_is_told_and_the_run_goes_on(run: BackgroundRun) -> None:
    with pytest.raises(CallFailed, match=r"it raised ValueError: -1 is below 0 \(called_swarm\.py"):
        run.call("board", "put", "a", -1)
    with pytest.raises(CallFailed, match="value is no int: Expected `int`, got `str`"):
        run.call("board", "put", "a", "x")
    with pytest.raises(CallFailed, match="it has no such method"):
        run.call("board", "take")
    assert run.call("board", "all") == {}


def test_a_call_that_kills_its_daemon_is_told_so_and_not_repeated(run: BackgroundRun) -> None:
    with pytest.raises(CallFailed, match="died before it had answered") as raised:
        run.call("board", "die", timeout=PATIENCE_S)
    assert not isinstance(raised.value, CallTimedOut)


def test_the_command_line_calls_and_describes(run: BackgroundRun) -> None:
    called = command(run, "call", run.id, "board.put", "end", "value=7", "--format", "json")
    assert (called.returncode, called.stderr) == (0, "")
    assert json.loads(called.stdout)["value"] == 1
    run.wait(PATIENCE_S)
    refused = command(run, "call", run.id, "board.all")
    assert (refused.returncode, refused.stdout) == (2, "")


def test_a_daemon_that_is_up_is_described_by_its_code(run: BackgroundRun) -> None:
    described = command(run, "describe", run.id)
    assert described.returncode == 0
    assert "call put(key: str, value: int) -> int" in described.stdout
    told = run.describe()
    assert [one["name"] for one in told["board"]["code"]["calls"]] == ["put", "all", "die"]
    assert told["wait"]["yields"] == ["int"]


SCRIPT = """
from swarmdsl.errors import CallFailed
from swarmdsl.light import World, call_daemon


def main() -> list[str]:
    call_daemon("board", "put", "a", 1)
    try:
        World().call("board", "put", "b", -1)
    except CallFailed as error:
        return [*call_daemon("board", "all"), str(error)]
"""


class FromScript(Swarm):
    def execute(self) -> list[Task]:
        script = Module(SCRIPT, name="asks")
        return [Task(Board, method="any", alias="board"), Task(script, "any", alias="asks")]


def test_a_script_calls_as_a_function_does(tmp_path: Path) -> None:
    value = FromScript().run(home=tmp_path).value["asks"]
    assert value[0] == "a"
    assert value[1].startswith("board.put: it raised ValueError: -1 is below 0")
