"""The wheel, installed by each Python that it is for, makes a project that runs.

An interpreter that is not here is passed over, unless `SWARM_PYTHONS` names its version: there it
is a failure.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from swarmdsl.daemon.lasting import IMMORTAL
from swarmdsl.daemon.life import LASTING_MIN
from tests.e2e.installing import carried_out, interpreter, wheel_made_in

VERSIONS = ("3.11", "3.12", "3.13")
IMMORTALS = ("3.12", "3.13")
"""The versions in which what daemons share need not be counted by each."""

COUNTING = """
import sys

from swarmdsl import Swarm, Task
from swarmdsl.daemon.core import DaemonCore


def count() -> tuple[int, int]:
    return sys.getrefcount(DaemonCore), sys.getrefcount(DaemonCore.__init__.__code__)


def told(count: list[tuple[int, int]]) -> list[int]:
    return [len(count), min(map(min, count)), max(map(max, count))]


class Counts(Swarm):
    def execute(self) -> Task:
        return Task(told, method="any")(Task(count, method="fixed", specified_ids={ids}))
"""


class Installed(NamedTuple):
    """A version of Python, and the programs of an environment in which it has the wheel."""

    version: str
    programs: Path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel_made_in(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module", params=VERSIONS)
def installed(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Installed:
    version: str = request.param
    folder = tmp_path_factory.mktemp("clean")
    carried_out(interpreter(version), "-m", "venv", folder)
    programs = folder / "bin"
    carried_out(programs / "python", "-m", "pip", "install", "--quiet", wheel, "pytest")
    return Installed(version, programs)


@pytest.mark.timeout(600)
def test_a_wheel_alone_makes_a_project_that_passes_its_tests_and_runs(
    installed: Installed, tmp_path: Path
) -> None:
    programs = installed.programs
    carried_out(programs / "swarm", "new", "line", "--template", "federated", folder=tmp_path)
    project = tmp_path / "line"
    assert "4 passed" in carried_out(programs / "python", "-m", "pytest", "-q", folder=project)
    home = ("--home", tmp_path / "home")
    said = carried_out(programs / "swarm", "run", *home, folder=project)
    assert "COMPLETED: 38 rounds finished" in said


@pytest.mark.timeout(600)
@pytest.mark.parametrize("daemons", [2, LASTING_MIN])
def test_many_daemons_count_no_reference_to_what_they_share(
    installed: Installed, daemons: int, tmp_path: Path
) -> None:
    ids = [f"node{number + 1}" for number in range(daemons)]
    (tmp_path / "counts.py").write_text(COUNTING.format(ids=ids), "utf-8")
    words = ("run", "counts.py", "--nodes", str(daemons), "--home", tmp_path / "home", "--quiet")
    said = carried_out(installed.programs / "swarm", *words, folder=tmp_path)
    found, least, most = map(int, said.strip().strip("[]").split(","))
    are_immortal = daemons >= LASTING_MIN and installed.version in IMMORTALS
    assert found == daemons
    assert (least == most == IMMORTAL) if are_immortal else most < IMMORTAL
