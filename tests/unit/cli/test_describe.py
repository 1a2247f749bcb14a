"""`swarm describe` of a run that has ended: what its topology says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kept import kept
from tests.unit.cli.command_line import CommandLine


@pytest.fixture(autouse=True)
def run(folder: Path) -> None:
    kept(folder / "home", "r1", state="COMPLETED", ended_at=2.0)


def test_every_task_has_its_lines(swarm: CommandLine) -> None:
    ended = swarm("describe", "--home", "home")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "task    kind      module  instances  nodes  may run on  does",
        "source  function  source  0          -      n1          () -> int",
        "double  daemon    double  0          -      n2          on handle(int)",
        "                                                        yields int",
        "total   function  total   0          -      n2          (values: int) -> int",
    ]
    assert ended.err.startswith("double was not asked, this is from the topology: run r1 cannot")


def test_one_task_may_be_shown_alone_and_as_json(swarm: CommandLine) -> None:
    ended = swarm("describe", "r1", "total", "--home", "home", "--format", "json")
    document = json.loads(ended.out)
    assert document["run"] == "r1"
    assert document["tasks"]["total"]["takes"] == {"values": "int"}
    assert [*document["tasks"]] == ["total"]


def test_a_task_that_there_is_not_is_told_with_the_one_that_was_meant(swarm: CommandLine) -> None:
    ended = swarm("describe", "last", "doubel", "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert "the run has no task 'doubel'; did you mean 'double'?" in ended.err


def test_where_tasks_run_is_not_said_twice(
    swarm: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "module": "Sum",
        "kind": "daemon",
        "candidates": ["n1"],
        "nodes": ["n1"],
        "instances": 1,
        "takes": {},
        "yields": [],
        "problem": None,
        "code": {
            "handlers": [],
            "timers": [],
            "round_end": ["int"],
            "produces": [],
            "pushes": [],
            "calls": [],
        },
    }
    monkeypatch.setattr("swarmdsl.cli.describe.describe_run", lambda *_: {"sum": told})
    assert swarm("describe", "--home", "home").out.splitlines() == [
        "task  kind    module  instances  nodes  does",
        "sum   daemon  Sum     1          n1     at the end of a round on_round_end() -> int",
    ]
