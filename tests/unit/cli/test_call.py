"""`swarm call`, as far as it goes without a run: its words, and whom it does not reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.cli.call import arguments_of
from swarmdsl.cli.exits import UsageError
from tests.kept import kept
from tests.unit.cli.command_line import CommandLine


@pytest.fixture(autouse=True)
def run(folder: Path) -> None:
    kept(folder / "home", "r1", state="COMPLETED", ended_at=2.0)


def test_arguments_are_json_or_text_and_may_have_names() -> None:
    positional, named = arguments_of(["-1.5", "[1,2]", "fast", 'x=y="z"'])
    assert positional == [-1.5, [1, 2], "fast"]
    assert named == {"x": 'y="z"'}
    assert arguments_of(['"a=b"', "=3", "on=true"]) == (["a=b", "=3"], {"on": True})


@pytest.mark.parametrize(
    ("words", "problem"),
    [(["a=1", "2"], "'2' comes after an argument"), (["a=1", "a=2"], "a= is given twice")],
)
def test_arguments_are_in_order_and_given_once(words: list[str], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        arguments_of(words)


@pytest.mark.parametrize("method", ["model", ".tune", "model.", "model.tune()"])
def test_a_method_is_named_with_its_task(swarm: CommandLine, method: str) -> None:
    ended = swarm("call", "last", method, "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert "write ALIAS.METHOD, as in model.tune" in ended.err


def test_a_run_that_has_ended_answers_no_calls(swarm: CommandLine) -> None:
    ended = swarm("call", "last", "double.get", "5", "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "swarm call: run r1 cannot be told anything: it has ended\n"


@pytest.mark.parametrize("time", ["soon", "0"])
def test_a_timeout_is_a_time(swarm: CommandLine, time: str) -> None:
    ended = swarm("call", "last", "double.get", "--timeout", time, "--home", "home")
    assert ended.code in {1, 2}
    assert "timeout" in ended.err
