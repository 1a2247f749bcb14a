"""Where there is no Linux: what can be known without running works, and the rest says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from swarmdsl.cli import main

PROGRAM = """
from swarmdsl import Swarm, Task

def one() -> int:
    return 1

class Small(Swarm):
    def execute(self):
        return Task(one, method="any")
"""


WITHOUT_SEALED_MEMORY = """
import fcntl, mmap, os
for name in [one for one in dir(fcntl) if "SEAL" in one]:
    delattr(fcntl, name)
del os.memfd_create, mmap.MAP_POPULATE
import swarmdsl.control.launch
"""


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The program as a target, on a machine that says it is a Mac."""
    file = tmp_path / "small_swarm.py"
    file.write_text(PROGRAM, "utf-8")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.syspath_prepend(str(tmp_path))
    return [str(file)]


def test_validate_works(words: list[str]) -> None:
    assert main(["validate", *words]) == 0


def test_compile_works(words: list[str], tmp_path: Path) -> None:
    assert main(["compile", *words, "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "topology.toml").is_file()


def test_run_says_what_works_instead_and_leaves_nothing(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *words, "--home", str(tmp_path / "home")]) == 3
    assert "daemons need Linux, and this is darwin: `swarm validate`" in capsys.readouterr().err
    assert not list((tmp_path / "home" / "runs").iterdir())


def test_what_says_so_needs_no_memory_that_only_linux_has() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SEALED_MEMORY],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
