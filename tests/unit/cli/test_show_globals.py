"""What the tasks of a run share, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kept import kept
from tests.unit.cli.command_line import CommandLine


@pytest.fixture(autouse=True)
def run(folder: Path) -> None:
    kept(folder / "home", "r1", shared={"weights": [0.5, 1.0], "rounds": 3})


def test_all_are_listed_by_tag(swarm: CommandLine) -> None:
    ended = swarm("globals", "--home", "home")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "tag      version  value",
        "rounds   1        3",
        "weights  1        [0.5, 1.0]",
    ]


def test_one_is_its_value_alone(swarm: CommandLine) -> None:
    assert swarm("globals", "last", "weights", "--home", "home").out == "[0.5, 1.0]\n"


def test_json_has_versions_and_whole_values(swarm: CommandLine) -> None:
    ended = swarm("globals", "r1", "rounds", "--home", "home", "--format", "json")
    assert json.loads(ended.out) == {
        "format_version": "1.0",
        "run": "r1",
        "globals": [{"tag": "rounds", "version": 1, "value": 3}],
    }


def test_an_unknown_one_is_a_usage_error_that_names_the_nearest(swarm: CommandLine) -> None:
    ended = swarm("globals", "r1", "wieghts", "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert "the run has no global 'wieghts'; did you mean 'weights'?" in ended.err


def test_a_run_without_any_says_so(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "r2")
    ended = swarm("globals", "r2", "--home", "home")
    assert (ended.code, ended.out, ended.err) == (0, "", "run r2 has no globals\n")
