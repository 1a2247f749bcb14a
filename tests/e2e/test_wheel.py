"""The wheel, installed by each Python that it is for, makes a project that runs.

An interpreter that is not here is passed over, unless `SWARM_PYTHONS` names its version: there it
is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
VERSIONS = ("3.11", "3.12", "3.13")


def carried_out(*arguments: str | Path, folder: Path | None = None) -> str:
    """What a command says; one that fails fails the test."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    done = subprocess.run(
        [*map(str, arguments)],
        cwd=folder,
        env=inherited,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}"
    return done.stdout


def runs(python: str | Path, version: str) -> bool:
    """Whether this is an interpreter of this version, and not only the name of one."""
    asked = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode == 0 and done.stdout.strip() == version


def interpreter(version: str) -> Path | None:
    """The interpreter of a version: this one, one of the path, or one that pyenv has."""
    named = shutil.which(f"python{version}")
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [sys.executable, named, *sorted(kept.glob(f"{version}.*/bin/python"))]
    return next((Path(one) for one in found if one is not None and runs(one, version)), None)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    carried_out(sys.executable, "-m", "build", "--wheel", "--outdir", folder, REPOSITORY)
    (made,) = folder.glob("swarmdsl-*.whl")
    return made


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_wheel_alone_makes_a_project_that_passes_its_tests_and_runs(
    version: str, wheel: Path, tmp_path: Path
) -> None:
    python = interpreter(version)
    if python is None:
        assert version not in os.environ.get("SWARM_PYTHONS", "").split(), f"no Python {version}"
        pytest.skip(f"there is no Python {version} here; SWARM_PYTHONS says which must be")
    carried_out(python, "-m", "venv", tmp_path / "clean")
    programs = tmp_path / "clean/bin"
    carried_out(programs / "python", "-m", "pip", "install", "--quiet", wheel, "pytest")
    carried_out(programs / "swarm", "new", "line", "--template", "federated", folder=tmp_path)
    project = tmp_path / "line"
    assert "4 passed" in carried_out(programs / "python", "-m", "pytest", "-q", folder=project)
    home = ("--home", tmp_path / "home")
    said = carried_out(programs / "swarm", "run", *home, folder=project)
    assert "COMPLETED: 38 rounds finished" in said
