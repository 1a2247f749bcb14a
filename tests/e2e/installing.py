"""Environments of their own, into which tests install the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TIMEOUT_S = 240


def said(
    *arguments: str | Path, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """How a command ended, and what it said."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    done = subprocess.run(
        [*map(str, arguments)],
        cwd=folder,
        env={**inherited, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return done.returncode, done.stdout


def carried_out(*arguments: str | Path, folder: Path | None = None) -> str:
    """What a command says; one that fails fails the test."""
    code, output = said(*arguments, folder=folder)
    assert code == 0, f"{arguments}: {output}"
    return output


def interpreter(version: str) -> Path:
    """The interpreter of a version: this one, one of the path, or one that pyenv has.

    The test is passed over if there is none, unless `SWARM_PYTHONS` names the version.
    """
    named = shutil.which(f"python{version}")
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for one in (sys.executable, named, *sorted(kept.glob(f"{version}.*/bin/python"))):
        if one is not None and _runs(one, version):
            return Path(one)
    assert version not in os.environ.get("SWARM_PYTHONS", "").split(), f"no Python {version}"
    pytest.skip(f"there is no Python {version} here; SWARM_PYTHONS says which must be")


def _runs(python: str | Path, version: str) -> bool:
    """Whether this is an interpreter of this version, and not only the name of one."""
    asked = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode == 0 and done.stdout.strip() == version


def wheel_made_in(folder: Path) -> Path:
    """The wheel of this repository."""
    carried_out(sys.executable, "-m", "build", "--wheel", "--outdir", folder, REPOSITORY)
    (made,) = folder.glob("swarmdsl-*.whl")
    return made
