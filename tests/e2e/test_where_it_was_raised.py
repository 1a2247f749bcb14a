"""What code raises that travels by value is told as of other code: file, line and source."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

DIVIDE = """
from swarmdsl import Swarm, Task

def divide() -> float:
    return 1 / 0

class Divided(Swarm):
    def execute(self):
        return Task(divide, "any")

"""
NESTED = """
from swarmdsl import Swarm, Task

class Divided(Swarm):
    def execute(self):
        def divide(by: int) -> float:
            return [1 / by for _ in "ab"][0]

        return Task(divide, "any", inputs={"by": 0})

"""
RUN = "print(Divided().run(home='home').reason.details)"


def told(folder: Path, *arguments: str) -> str:
    """What a command of Python prints, its last lines alone."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"IPYTHONDIR": str(folder / "ipython"), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_a_function_of_a_script_without_a_guard(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(DIVIDE + RUN, "utf-8")
    assert '  File "script.py", line 5, in divide\n    return 1 / 0\n' in told(
        tmp_path, "script.py"
    )


def test_a_function_within_execute(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(NESTED + RUN, "utf-8")
    text = told(tmp_path, "script.py")
    assert '  File "script.py", line 7, in divide\n    return [1 / by for' in text


def test_a_function_of_a_cell_is_told_by_the_number_of_the_cell(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    cells = ["%colors NoColor", DIVIDE.strip(), RUN]
    calls = "\n".join(f"shell.run_cell({cell!r}, store_history=True)" for cell in cells)
    program = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        f"shell = InteractiveShell.instance()\n{calls}"
    )
    text = told(tmp_path, "-c", program)
    assert '  File "cell 2", line 4, in divide\n    return 1 / 0\n' in text


def test_a_function_of_a_command_line_is_told_with_its_line_at_least(tmp_path: Path) -> None:
    assert '  File "<string>", line 5, in divide\n' in told(tmp_path, "-c", DIVIDE + RUN)
