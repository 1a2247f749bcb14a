"""Options of tasks, modules, edges and limits that somebody has set on the swarm."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.compiler import compile_swarm, load_target
from tests.unit.compiler.building import TWO

HEAD = """
from swarmdsl import Daemon, Swarm, Task, on
def number() -> int:
    return 1
"""
EXECUTE = """
    def execute(self):
        return Task(number, method="any")
"""


@pytest.fixture(autouse=True)
def import_path() -> Iterator[None]:
    before = list(sys.path)
    yield
    sys.path[:] = before
    sys.modules.pop("app", None)


def found(folder: Path, source: str) -> list[tuple[str, str]]:
    """The message and hint of each such finding."""
    (folder / "app.py").write_text(HEAD + source, "utf-8")
    findings = compile_swarm(load_target(f"{folder / 'app.py'}:App"), TWO).diagnostics
    return [(one.message, one.hint) for one in findings if one.code == "SW319"]


def test_an_option_of_an_inherited_class_is_reported_where_that_class_sets_it(
    tmp_path: Path,
) -> None:
    base = f"class Base(Swarm):\n    on_node_loss = 'continue'\n{EXECUTE}"
    [(message, hint)] = found(tmp_path, f"{base}class App(Base):\n    pass\n")
    assert "on_node_loss='continue', which nothing reads" in message
    assert "Task(..., on_node_loss='continue')" in hint


def test_an_attribute_that_a_method_hands_on_is_the_users_own(tmp_path: Path) -> None:
    execute = EXECUTE.replace("any", "any', retries=self.retries, alias='a").replace('"', "'")
    assert found(tmp_path, f"class App(Swarm):\n    retries = 3\n{execute}") == []


def test_an_attribute_that_a_function_beside_the_class_reads_is_the_users_own(
    tmp_path: Path,
) -> None:
    beside = "def told(swarm):\n    return getattr(swarm, 'retries'), swarm.rate\n"
    assert found(tmp_path, f"{beside}class App(Swarm):\n    retries, rate = 3, 1\n{EXECUTE}") == []


def test_an_attribute_of_the_same_name_of_another_class_does_not_count(tmp_path: Path) -> None:
    other = "class Other(Daemon):\n    @on\n    def take(self, n: int) -> int:\n"
    other += "        return self.retries\n"
    [(message, _)] = found(tmp_path, f"{other}class App(Swarm):\n    retries = 3\n{EXECUTE}")
    assert "retries=3" in message


def test_what_is_the_users_own_is_no_option(tmp_path: Path) -> None:
    own = "    learning_rate = 0.1\n    _retries = 3\n    def timeout(self):\n        return 1\n"
    assert found(tmp_path, f"class App(Swarm):\n{own}{EXECUTE}") == []


def test_what_an_environment_holds_is_not_shown(tmp_path: Path) -> None:
    [both] = found(tmp_path, f"class App(Swarm):\n    env = {{'TOKEN': 's3cret'}}\n{EXECUTE}")
    assert "env={...}" in both[0]
    assert "s3cret" not in "".join(both)


def test_a_letter_too_many_in_a_setting_of_the_swarm_is_seen(tmp_path: Path) -> None:
    [(_, hint)] = found(tmp_path, f"class App(Swarm):\n    max_iterations = 3\n{EXECUTE}")
    assert hint == "did you mean 'max_iteration'?"


@pytest.mark.parametrize("name", ["rounds", "iterations", "n_rounds", "max_rounds"])
def test_what_others_call_the_number_of_rounds_is_told(tmp_path: Path, name: str) -> None:
    [(message, hint)] = found(tmp_path, f"class App(Swarm):\n    {name} = 3\n{EXECUTE}")
    assert f"the swarm has {name}=3, which nothing reads" in message
    assert hint == "did you mean max_iteration = 3?"


def test_rounds_that_init_sets_are_told(tmp_path: Path) -> None:
    init = "    def __init__(self):\n        super().__init__()\n        self.rounds = 3\n"
    [(_, hint)] = found(tmp_path, f"class App(Swarm):\n{init}{EXECUTE}")
    assert hint == "did you mean max_iteration = 3?"


INIT = "    def __init__(self, rounds=3):\n        super().__init__()\n"


@pytest.mark.parametrize(
    "own",
    [
        "    rounds = 3\n    max_iteration = rounds\n",
        "    rounds = 3\n    names = [str(n) for n in range(rounds)]\n",
        "    rounds = 3\n    max_iteration = 2\n",
        "    rounds = 3\n    def told(self):\n        return self.rounds\n",
        f"{INIT}        self.rounds = rounds\n",
        f"{INIT}        self.rounds = 3\n        self.set_global('rounds', self.rounds)\n",
        "    rounds = [3, 4]\n",
        "    rounds = True\n",
        "    rounds = 0.5\n",
        "    _rounds = 3\n",
        "    epochs = 3\n",
    ],
)
def test_rounds_that_are_the_users_own_are_not(tmp_path: Path, own: str) -> None:
    assert found(tmp_path, f"class App(Swarm):\n{own}{EXECUTE}") == []


def test_rounds_that_the_end_of_the_file_reads_are_the_users_own(tmp_path: Path) -> None:
    source = f"class App(Swarm):\n    rounds = 3\n{EXECUTE}\nprint(App.rounds)\n"
    assert found(tmp_path, source) == []
