"""A file that runs its swarm when it is imported must not multiply."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from swarmdsl.compiler import load_target
from swarmdsl.errors import TargetError

UNGUARDED = """
from swarmdsl import Swarm, Task

def one() -> int:
    return 1

class Unguarded(Swarm):
    def execute(self):
        return Task(one, method="any")

run = Unguarded().run(home="home")
"""


@pytest.fixture
def unguarded(tmp_path: Path) -> Path:
    file = tmp_path / "unguarded.py"
    file.write_text(UNGUARDED, "utf-8")
    return file


def test_loading_it_as_a_target_is_refused_with_the_remedy(unguarded: Path) -> None:
    with pytest.raises(TargetError, match="__main__"):
        load_target(str(unguarded))


def test_its_daemons_refuse_to_run_it_again(unguarded: Path) -> None:
    words = "import unguarded; print(unguarded.run.state.name, unguarded.run.reason.details)"
    done = subprocess.run(
        [sys.executable, "-c", words],
        cwd=unguarded.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("FAILED")
    assert "must not start a run" in done.stdout
    assert len(list((unguarded.parent / "home" / "runs").iterdir())) == 1


def test_run_as_a_script_it_works(unguarded: Path) -> None:
    """Nobody imports it then: its code travels by value."""
    source = UNGUARDED + "print(run.value)\n"
    unguarded.write_text(source, "utf-8")
    done = subprocess.run(
        [sys.executable, unguarded.name],
        cwd=unguarded.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "1\n"
