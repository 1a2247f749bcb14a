"""A disk that takes no more: one clear sentence, and nothing left running."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from swarmdsl import Swarm, Task

def one() -> int:
    return 1

class Small(Swarm):
    def execute(self):
        return Task(one, method="any")
"""
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from swarmdsl.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("file_bytes_max", [200, 20_000, 60_000])
def test_a_run_that_cannot_be_kept_says_where_and_what_to_do(
    tmp_path: Path, file_bytes_max: int
) -> None:
    """No file may grow beyond the limit, be it the topology, the store or the store's log."""
    (tmp_path / "small.py").write_text(PROGRAM, "utf-8")
    words = [str(file_bytes_max), "run", "small.py", "--home", "home", "-q"]
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3
    assert "Traceback" not in ended.stderr
    home = tmp_path / "home"
    assert ended.stderr.startswith(f"swarm run: the run cannot be kept under {home}: ")
    assert "choose another folder" in ended.stderr
