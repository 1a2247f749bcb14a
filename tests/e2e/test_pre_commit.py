"""The hook `swarm-validate`, as pre-commit carries it out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.command_line import WORDS, write
from tests.unit.cli.test_validate import CYCLE

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
HOOKS = ".pre-commit-hooks.yaml"
CONFIGURATION = """
    repos:
      - repo: {hooks}
        rev: {revision}
        hooks:
          - id: swarm-validate
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What git and pre-commit see: nothing of the user's own, and our `swarm` on the path."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    scripts = str(Path(sys.executable).parent)
    given = {"PATH": os.pathsep.join([scripts, os.environ["PATH"]]), "HOME": str(tmp_path)}
    given |= {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        given |= {f"GIT_{role}_NAME": "ada", f"GIT_{role}_EMAIL": "ada@example.org"}
    return own | given


def call(folder: Path, environment: dict[str, str], *command: str) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


def repository(folder: Path, environment: dict[str, str]) -> str:
    """Make a repository of a folder, and tell its revision."""
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "All", "--allow-empty")):
        code, output = call(folder, environment, "git", *command)
        assert code == 0, output
    return call(folder, environment, "git", "rev-parse", "HEAD")[1].strip()


@pytest.fixture
def project(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A repository that uses the hook, with a good swarm and a file that is none."""
    hooks, project = tmp_path / "hooks", tmp_path / "project"
    hooks.mkdir()
    project.mkdir()
    shutil.copy(REPOSITORY / HOOKS, hooks / HOOKS)
    revision = repository(hooks, environment)
    configuration = CONFIGURATION.format(hooks=hooks, revision=revision)
    write(project / ".pre-commit-config.yaml", configuration)
    write(project / "words.py", WORDS)
    write(project / "setup_machine.py", "raise SystemExit('this is no swarm')\n")
    repository(project, environment)
    return project


def test_good_swarms_and_other_files_pass(project: Path, environment: dict[str, str]) -> None:
    code, output = call(project, environment, "pre-commit", "run", "--all-files")
    assert code == 0, output
    assert "swarm validate" in output
    assert "Passed" in output


def test_commit_with_a_broken_swarm_is_stopped(project: Path, environment: dict[str, str]) -> None:
    assert call(project, environment, "pre-commit", "install")[0] == 0
    write(project / "circle.py", CYCLE + "\n    class Other(Circle):\n        pass\n")
    call(project, environment, "git", "add", "circle.py")
    code, output = call(project, environment, "git", "commit", "-m", "A circle")
    assert code == 1
    assert "SW101 error: " in output
    assert "words.py" not in output
