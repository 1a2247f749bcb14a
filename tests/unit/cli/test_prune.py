"""Old runs go, and not without having been asked for."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from swarmdsl.control.claim import claimed
from swarmdsl.control.home import list_runs
from tests.kept import kept
from tests.unit.cli.command_line import CommandLine


class Person(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def home(folder: Path) -> Path:
    """Two runs that ended long ago, and one that nobody looks after."""
    kept(folder / "home", "r1", state="COMPLETED", ended_at=2_000.0)
    kept(folder / "home", "r2", state="FAILED", ended_at=1_900.0)
    kept(folder / "home", "r3")
    return folder / "home"


def left(home: Path) -> list[str]:
    return sorted(one.id for one in list_runs(home))


def test_old_runs_are_removed_and_a_lost_one_is_kept(swarm: CommandLine, home: Path) -> None:
    ended = swarm("prune", "--yes", "--home", "home")
    assert (ended.code, ended.out) == (0, "r2\nr1\n")
    assert ended.err.startswith("run r3 is LOST and kept: swarm resume r3 --home home goes on")
    assert "removed: 2 runs" in ended.err
    assert left(home) == ["r3"]


def test_a_dry_run_removes_nothing(swarm: CommandLine, home: Path) -> None:
    document = json.loads(swarm("prune", "--dry-run", "--home", "home", "--format", "json").out)
    assert document["dry_run"] is True
    assert [one["run"] for one in document["runs"]] == ["r2", "r1"]
    assert left(home) == ["r1", "r2", "r3"]


def test_younger_runs_are_kept(swarm: CommandLine, home: Path) -> None:
    ended = swarm("prune", "--yes", "--older-than", "20000w", "--home", "home")
    assert (ended.code, ended.out) == (0, "")
    assert "ended more than" in ended.err
    assert left(home) == ["r1", "r2", "r3"]


def test_where_nobody_can_be_asked_yes_must_be_said(
    swarm: CommandLine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    ended = swarm("prune", "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert "say --yes" in ended.err
    assert left(home) == ["r1", "r2", "r3"]


@pytest.mark.parametrize(("answer", "kept_runs"), [("y\n", ["r3"]), ("\n", ["r1", "r2", "r3"])])
def test_a_person_is_asked(
    swarm: CommandLine,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    kept_runs: list[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", Person(answer))
    assert "will be removed. Go on? [y/N]" in swarm("prune", "--home", "home").err
    assert left(home) == kept_runs


def test_runs_that_are_named_are_removed_and_no_others(swarm: CommandLine, home: Path) -> None:
    kept(home, "r4", state="COMPLETED", ended_at=2_000.0)
    ended = swarm("prune", "r2", "r4", "r2", "--yes", "--home", "home")
    assert (ended.code, ended.out) == (0, "r2\nr4\n")
    assert ended.err.startswith("removed: 2 runs")
    assert left(home) == ["r1", "r3"]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (["r1", "r3"], "run r3 is LOST and kept: swarm resume r3"),
        (["r1", "r5"], "run r5 has not ended: swarm stop r5 --home home ends it"),
        (["r1", "r9"], "no run 'r9' under"),
        (["r1", "--older-than", "0s"], "--older-than is about other runs than those that are"),
        (["r1", "--images"], "--images is about other runs than those that are named"),
    ],
)
def test_what_cannot_be_removed_by_name_is_told_and_nothing_is_removed(
    swarm: CommandLine, home: Path, named: list[str], told: str
) -> None:
    with claimed(kept(home, "r5").path):
        ended = swarm("prune", *named, "--yes", "--home", "home")
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert left(home) == ["r1", "r2", "r3", "r5"]
