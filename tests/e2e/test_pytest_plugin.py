"""`pytest --swarm-validate` in a project that knows nothing else of us, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.command_line import WORDS, write
from tests.unit.cli.test_validate import CYCLE, MISSPELT, WARNING

pytestmark = pytest.mark.e2e

OPTIONS = ("-q", "-p", "no:cacheprovider", "-o", "addopts=")


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of pytest, and all that it says."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a good swarm, a swarm with a cycle, and a test of something else."""
    write(tmp_path / "pyproject.toml", "[tool.pytest.ini_options]\n")
    write(tmp_path / "words.py", WORDS)
    write(tmp_path / "circle.py", CYCLE)
    write(tmp_path / "setup_machine.py", "raise SystemExit('this is no swarm')\n")
    write(tmp_path / "test_sum.py", "def test_sum():\n    assert 1 + 1 == 2\n")
    return tmp_path


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_each_swarm_is_a_test_that_fails_with_the_report(project: Path, mode: str) -> None:
    code, output = run(project, "--swarm-validate", f"--import-mode={mode}")
    assert code == 1
    assert "1 failed, 2 passed" in output
    assert "SW101 error: " in output
    assert "--> circle.py:" in output
    assert "Traceback" not in output
    assert "FAILED circle.py::Circle" in output


def test_a_swarm_whose_execute_is_misspelt_fails(project: Path) -> None:
    write(project / "job.py", MISSPELT)
    code, output = run(project, "--swarm-validate", "job.py")
    assert (code, "FAILED job.py::Job" in output) == (1, True)
    assert "its method exectue is never called: did you mean 'execute'?" in output


def test_one_swarm_is_chosen_as_a_test_is(project: Path) -> None:
    code, output = run(project, "--swarm-validate", "words.py::WordCount")
    assert (code, "1 passed" in output) == (0, True)


def test_warnings_fail_only_if_strict(project: Path) -> None:
    write(project / "loose.py", WARNING)
    assert run(project, "--swarm-validate", "loose.py")[0] == 0
    code, output = run(project, "--swarm-validate", "--swarm-strict", "loose.py")
    assert code == 1
    assert "SW306 warning: " in output


def test_nodes_are_those_of_the_flag_or_the_project(project: Path) -> None:
    write(project / "loose.py", WARNING.replace("nodeX", "node2"))
    strict = ("--swarm-validate", "--swarm-strict", "loose.py")
    assert run(project, *strict)[0] == 1
    assert run(project, *strict, "--swarm-nodes", "2")[0] == 0
    write(project / "pyproject.toml", "[tool.swarm]\nnodes = 2\n")
    assert run(project, *strict)[0] == 0


def test_swarm_beside_tests_is_collected_with_them(project: Path) -> None:
    text = (
        WORDS
        + """
    def test_graph(swarm_graph):
        graph = swarm_graph(WordCount(), nodes=2)
        assert list(graph.predecessors("reducer")) == ["mapper_0", "mapper_1"]
"""
    )
    write(project / "test_words.py", text)
    code, output = run(project, "--swarm-validate", "test_words.py", "-vv")
    assert code == 0
    assert "test_words.py::WordCount PASSED" in output
    assert "test_words.py::test_graph PASSED" in output


def test_graph_of_a_swarm_with_errors_fails_the_test(project: Path) -> None:
    test = "\n    def test_graph(swarm_graph):\n        swarm_graph(Circle())\n"
    write(project / "test_circle.py", CYCLE + test)
    code, output = run(project, "test_circle.py")
    assert code == 1
    assert "SW101 error: " in output


def test_swarm_that_needs_arguments_is_told_so(project: Path) -> None:
    write(project / "needy.py", WORDS + "\n        def __init__(self, size): super().__init__()\n")
    code, output = run(project, "--swarm-validate", "needy.py")
    assert code == 1
    assert "give the parameters of __init__ defaults" in output


def test_file_that_starts_a_run_is_refused(project: Path) -> None:
    write(project / "starts.py", WORDS + "\n    WordCount().run()\n")
    code, output = run(project, "--swarm-validate", "starts.py")
    assert code == 2
    assert "RunRefused" in output


LOADED = """
    import sys

    def test_what_is_loaded():
        own = {name for name in sys.modules if name.partition(".")[0] == "swarmdsl"}
        assert own == {"swarmdsl", "swarmdsl._version", "swarmdsl.pytest_plugin"}
        assert not {"networkx", "pydantic", "msgspec", "zmq"} & set(sys.modules)
"""


def test_without_the_option_nothing_is_collected_or_loaded(project: Path) -> None:
    write(project / "test_sum.py", LOADED)
    code, output = run(project)
    assert code == 0, output
    assert "1 passed" in output
