"""Who is told that a run is LOST is told the whole command that goes on with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.control.commanding import ask_to_stop
from swarmdsl.control.waiting import Patience
from swarmdsl.errors import RunUnreachable
from tests.kept import kept
from tests.unit.cli.command_line import CommandLine

SECRETS = " --secret key --secret token"


@pytest.mark.parametrize(
    "argv", [["ps"], ["status", "r1"], ["stop", "r1"], ["logs", "r1", "-f"], ["prune"]]
)
def test_the_secrets_that_must_be_given_again_are_in_it(
    swarm: CommandLine, folder: Path, argv: list[str]
) -> None:
    kept(folder / "home", "r1", secrets=["token", "key"])
    assert f"swarm resume r1 --home home{SECRETS}" in swarm(*argv, "--home", "home").err


def test_who_cannot_tell_it_anything_is_told_them_too(folder: Path) -> None:
    run = kept(folder / "home", "r1", secrets=["token", "key"])
    with pytest.raises(RunUnreachable, match=f"`swarm resume r1{SECRETS}` goes on with it"):
        ask_to_stop(run, Patience())


def test_a_run_whose_topology_is_gone_is_told_without(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "r1", secrets=["token"]).topology.unlink()
    assert "--secret" not in swarm("prune", "--home", "home").err


IMMEDIATE = "it was immediate, and its daemons died with its process"


@pytest.mark.parametrize(
    "argv",
    [["ps"], ["status", "r1"], ["results", "r1"], ["stop", "r1"], ["logs", "r1", "-f"], ["prune"]],
)
def test_of_an_immediate_run_only_what_works_is_told(
    swarm: CommandLine, folder: Path, argv: list[str]
) -> None:
    kept(folder / "home", "r1", engine="immediate")
    told = swarm(*argv, "--home", "home").err
    assert f"it cannot be resumed: {IMMEDIATE}; swarm kill r1 --home home ends it for good" in told
    assert "swarm resume" not in told


def test_the_reason_of_a_lost_immediate_run_names_what_works(
    swarm: CommandLine, folder: Path
) -> None:
    kept(folder / "home", "r1", engine="immediate")
    shown = swarm("results", "r1", "--home", "home").out
    assert f"{IMMEDIATE}; `swarm kill r1` ends it for good" in shown


def test_resume_by_itself_takes_a_run_that_can_be_resumed(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "20261129-1", engine="process", secrets=["token"])
    kept(folder / "home", "20261129-2", engine="immediate")
    assert "token is declared by" in swarm("resume", "--home", "home").err


def test_resume_by_itself_passes_by_what_cannot_be_read_and_says_so(
    swarm: CommandLine, folder: Path
) -> None:
    kept(folder / "home", "20261129-1", engine="process", secrets=["token"])
    kept(folder / "home", "20261129-2").store.write_bytes(b"x" * 2_000)
    ended = swarm("resume", "--home", "home")
    assert "run 20261129-2 cannot be read: " in ended.err
    assert "token is declared by" in ended.err


def test_doctor_names_what_works_for_the_runs_that_are_lost(
    swarm: CommandLine, folder: Path
) -> None:
    kept(folder / "home", "r2", engine="immediate")
    assert "fix: swarm kill r2 ends it for good" in swarm("doctor", "--home", "home").out
    kept(folder / "home", "r1", engine="process")
    assert "fix: swarm resume r1 goes on with it" in swarm("doctor", "--home", "home").out
