"""What `swarm new` makes is right, runs, and passes its own tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmdsl.cli.new import TEMPLATES

Swarm = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def python(tmp_path: Path) -> Swarm:
    """Carries out `python -m ...` in a folder, and gives what it said."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    environment = {**inherited, "XDG_STATE_HOME": str(tmp_path / "state"), "NO_COLOR": "1"}

    def carry_out(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return carry_out


@pytest.fixture
def make(tmp_path: Path, python: Swarm) -> Callable[[str], Path]:
    def made(kind: str) -> Path:
        told = python(tmp_path, "swarmdsl", "new", "ours", "--template", kind)
        assert told.returncode == 0, told.stderr
        return tmp_path / "ours"

    return made


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_new_project_is_right_passes_its_tests_and_runs(
    kind: str, make: Callable[[str], Path], python: Swarm
) -> None:
    folder = make(kind)
    for arguments in (
        ("swarmdsl", "validate", "--strict"),
        ("pytest", "-q", "-p", "no:cacheprovider"),
        ("swarmdsl", "run", "--quiet"),
        ("swarmdsl", "graph", "-o", "graph.svg"),
    ):
        done = python(folder, *arguments)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("kind", TEMPLATES)
def test_its_code_is_typed(kind: str, make: Callable[[str], Path], python: Swarm) -> None:
    folder = make(kind)
    done = python(folder, "mypy", "--strict", "--cache-dir", os.devnull, "swarm.py", "tests")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", TEMPLATES)
def test_it_bears_that_processes_die(kind: str, make: Callable[[str], Path], python: Swarm) -> None:
    done = python(make(kind), "swarmdsl", "simulate", "--seeds", "20", "--quiet")
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert "broken           0\n" in done.stdout
