"""The peer in C is compiled once; each test has two sides that are stopped when it is over."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.building import build
from tests.conformance.sides import Sides


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled peer."""
    return build(tmp_path_factory.mktemp("peer"))


@pytest.fixture
def sides(program: Path, tmp_path: Path) -> Iterator[Sides]:
    """Our side and the peer's."""
    both = Sides(program, tmp_path)
    yield both
    both.close()


def pytest_exception_interact(call: pytest.CallInfo[object], report: pytest.TestReport) -> None:
    """What the compiler or the peer said belongs to the failure."""
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, subprocess.CalledProcessError):
        report.sections.append(("what it said", str(error.stderr)))
