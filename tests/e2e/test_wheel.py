"""The wheel, installed by each Python that it is for, makes a project that runs.

An interpreter that is not here is passed over, unless `SWARM_PYTHONS` names its version: there it
is a failure.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.installing import carried_out, interpreter, wheel_made_in

VERSIONS = ("3.11", "3.12", "3.13")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel_made_in(tmp_path_factory.mktemp("wheel"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_wheel_alone_makes_a_project_that_passes_its_tests_and_runs(
    version: str, wheel: Path, tmp_path: Path
) -> None:
    carried_out(interpreter(version), "-m", "venv", tmp_path / "clean")
    programs = tmp_path / "clean/bin"
    carried_out(programs / "python", "-m", "pip", "install", "--quiet", wheel, "pytest")
    carried_out(programs / "swarm", "new", "line", "--template", "federated", folder=tmp_path)
    project = tmp_path / "line"
    assert "4 passed" in carried_out(programs / "python", "-m", "pytest", "-q", folder=project)
    home = ("--home", tmp_path / "home")
    said = carried_out(programs / "swarm", "run", *home, folder=project)
    assert "COMPLETED: 38 rounds finished" in said
