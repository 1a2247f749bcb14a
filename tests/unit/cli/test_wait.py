"""Waiting for a run that another process looks after; real runs are waited for in the e2e tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.control.claim import claimed
from tests.kept import kept
from tests.unit.cli.command_line import CommandLine


@pytest.mark.parametrize(("state", "code"), [("COMPLETED", 0), ("FAILED", 1), ("STOPPED", 1)])
def test_a_run_that_has_ended_is_shown_as_run_shows_it(
    swarm: CommandLine, folder: Path, state: str, code: int
) -> None:
    kept(folder / "home", "r1", state=state, ended_at=2_000.0, reason="so it was")
    ended = swarm("wait", "last", "--home", "home")
    assert ended.code == code
    assert ended.err.splitlines() == [
        f"{state}: so it was",
        "again  swarm results r1 --home home",
        "logs   swarm logs r1 --home home",
    ]


def test_a_run_that_goes_on_is_waited_for_no_longer_than_is_said(
    swarm: CommandLine, folder: Path
) -> None:
    run = kept(folder / "home", "r1")
    with claimed(run.path):
        ended = swarm("wait", "r1", "--home", "home", "--timeout", "0")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == "run r1 has not ended within 0.0 s; it goes on\n"


def test_a_run_that_is_lost_is_told_with_what_can_be_done(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "r1")
    ended = swarm("wait", "r1", "--home", "home")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("run r1 is LOST; swarm resume r1 --home home goes on with it")


def test_a_time_that_is_none_is_refused(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "r1")
    ended = swarm("wait", "r1", "--home", "home", "--timeout", "soon")
    assert ended.code == 2
    assert "'soon' is no span of time" in ended.err


@pytest.mark.parametrize(
    ("log", "more"),
    [
        ("worker@n1#0", "  # tasks have printed something"),
        ("forkserver", ""),
        ("controller", ""),
    ],
)
def test_the_last_line_says_whether_tasks_have_printed(
    swarm: CommandLine, folder: Path, log: str, more: str
) -> None:
    run = kept(folder / "home", "r1", state="COMPLETED", ended_at=2_000.0)
    (run.logs / f"{log}.log").write_text("hello\n", encoding="utf-8")
    ended = swarm("wait", "r1", "--home", "home")
    assert ended.err.splitlines()[-1] == f"logs   swarm logs r1 --home home{more}"
