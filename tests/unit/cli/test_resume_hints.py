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
