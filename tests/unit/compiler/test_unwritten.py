"""A swarm that does not define `execute()` is named, with its line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarmdsl.compiler import compile_swarm, load_target
from swarmdsl.compiler.target import targets_in
from swarmdsl.dsl import Swarm, Task
from swarmdsl.errors import TargetError
from tests.unit.compiler.building import TWO

Refused = Callable[[str], str]

HEAD = "from swarmdsl import Swarm, Task\n"


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Write the file `unwritten.py`; what it defines is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def written(text: str) -> None:
        (tmp_path / "unwritten.py").write_text(HEAD + text)

    yield written
    sys.modules.pop("unwritten", None)


@pytest.fixture
def refused(put: Callable[[str], None]) -> Refused:
    """What is said of a file of this text, as a target by itself."""

    def told(text: str) -> str:
        put(text)
        with pytest.raises(TargetError) as caught:
            load_target("unwritten.py")
        return str(caught.value)

    return told


@pytest.mark.parametrize("name", ["exectue", "excute", "Execute", "executes", "_execute"])
def test_a_method_that_is_nearly_execute_is_asked_about(refused: Refused, name: str) -> None:
    told = refused(f"class Job(Swarm):\n    def {name}(self):\n        return Task(len)\n")
    assert told.splitlines()[:2] == [
        (
            f"unwritten.py: Job has no execute(). Its method {name} is never called: did you mean "
            "'execute'?"
        ),
        f"  --> unwritten.py:3:9   def {name}(self):",
    ]


def test_a_misspelt_method_that_is_inherited_is_asked_about(refused: Refused) -> None:
    told = refused("class Base(Swarm):\n    def exectue(self): ...\nclass Job(Base): ...\n")
    assert "Job has no execute(). Its method exectue is never called" in told


def test_a_swarm_without_any_such_method_is_told_what_to_define(refused: Refused) -> None:
    told = refused("class Job(Swarm):\n    def tasks(self): ...\n")
    assert told.splitlines() == [
        "unwritten.py: Job has no execute(). Define execute(self) in it, and return the last task.",
        "  --> unwritten.py:2:1   class Job(Swarm):",
    ]


def test_a_file_without_any_swarm_is_told_to_define_one(refused: Refused) -> None:
    assert "it has no swarm. Subclass swarmdsl.Swarm" in refused("number = 1\n")


def test_a_misspelt_swarm_that_is_compiled_in_python_is_asked_about() -> None:
    class Job(Swarm):
        def exectue(self) -> Task:
            return Task(len)

    (found,) = compile_swarm(Job(), TWO).diagnostics
    assert (found.code, "Job must define execute()" in found.message) == ("SW001", True)
    assert found.hint == "its method exectue is never called: did you mean 'execute'?"


def test_the_base_of_another_swarm_is_no_swarm_by_itself(put: Callable[[str], None]) -> None:
    base = "class Base(Swarm):\n    def execute_all(self): ...\n"
    put(f"{base}class Job(Base):\n    def execute(self):\n        return Task(len)\n")
    assert targets_in("unwritten.py") == ["unwritten.py:Job"]
    assert load_target("unwritten.py").name == "Job"


def test_a_misspelt_swarm_is_among_the_targets_of_a_file(put: Callable[[str], None]) -> None:
    good = "class Good(Swarm):\n    def execute(self):\n        return Task(len)\n"
    put(f"{good}class Bad(Swarm):\n    def exectue(self): ...\n")
    assert targets_in("unwritten.py") == ["unwritten.py:Good", "unwritten.py:Bad"]
