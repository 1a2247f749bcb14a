"""The findings about a machine as text, as JSON, and as an exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kept import kept
from tests.unit.cli.command_line import CommandLine


def test_each_check_has_its_line_and_a_warning_its_remedy(swarm: CommandLine, folder: Path) -> None:
    kept(folder / "home", "r1")
    ended = swarm("doctor", "--home", "home")
    lines = ended.out.splitlines()
    assert any(line.startswith("PASS  interpreter ") for line in lines)
    [number] = [number for number, line in enumerate(lines) if line.startswith("WARN  lost runs")]
    assert "fix: swarm resume r1 goes on with it" in lines[number + 1]
    assert ended.err.endswith(" FAIL\n")


def test_a_check_that_fails_makes_the_command_fail(swarm: CommandLine, folder: Path) -> None:
    (folder / "home").write_text("no folder", "utf-8")
    ended = swarm("doctor", "--home", "home", "--format", "json")
    checks = {one["check"]: one for one in json.loads(ended.out)["checks"]}
    assert (ended.code, checks["home"]["verdict"]) == (1, "FAIL")
    assert "--home" in checks["home"]["fix"]


@pytest.mark.parametrize("format_", ["table", "json"])
def test_looking_makes_nothing(swarm: CommandLine, folder: Path, format_: str) -> None:
    swarm("doctor", "--home", "home", "--format", format_)
    assert not (folder / "home").exists()
