"""What `execute()` raised, and the remedy, which depends on what that is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import swarmdsl
from swarmdsl.compiler import compile_swarm
from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.compiler.missing import PUBLIC
from swarmdsl.dsl import Module, Rate, Swarm, Task
from swarmdsl.errors import RunRefused
from swarmdsl.light import World
from tests.unit.compiler.building import TWO

NOTHING: Any = None
LOOSE_TASK: Any = Task
LOOSE_SWARM: Any = Swarm
LOOSE_MODULE: Any = Module
LOOSE_RATE: Any = Rate
LOOSE_JSON: Any = json
LOOSE_DICT: Any = {}
LOOSE_TEXT: Any = "a"


def number() -> int:
    return 1


class Example(Swarm):
    """Executes what it is given, with an attribute of its own."""

    def __init__(self, code: Callable[[Any], object]) -> None:
        super().__init__()
        self.code, self.corners = code, 3

    def execute(self) -> Any:
        return self.code(self)


def found(code: Callable[[Any], object]) -> Diagnostic:
    [one] = compile_swarm(Example(code), TWO).diagnostics
    assert one.code == "SW001"
    return one


def raising(problem: Exception) -> Callable[[Any], object]:
    def code(_: object) -> object:
        raise problem

    return code


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (lambda _: Path("no.txt").read_text(), "write Path(__file__).parent / 'no.txt'"),
        (
            lambda _: Path("test_raised.py").read_text(),
            "lies beside this one: write Path(__file__).parent / ",
        ),
        (
            lambda _: Path("/no/such/file").read_text(),
            "is a dataset: name it with Module(..., datasets=",
        ),
        (lambda _: __import__("jsno"), "did you mean 'json'?"),
        (lambda _: __import__("no_such.deep"), "(pip install no_such)"),
        (lambda swarm: swarm.cornres, "did you mean 'corners'?"),
        (lambda swarm: swarm.data_folder, "set self.data_folder in __init__"),
        (lambda _: LOOSE_TASK(number).methd, "did you mean 'method'?"),
        (lambda _: LOOSE_TASK(number).split(), "comes after it, as in Task(show)(Task(read))"),
        (lambda _: [*LOOSE_TASK(number)], "a task has no value yet"),
        (lambda _: LOOSE_TASK(number) + 1, "a task has no value yet"),
        (lambda _: NOTHING.strip(), "what stands before .strip is None here"),
        (lambda _: LOOSE_JSON.laods, "did you mean 'loads'?"),
        (lambda _: LOOSE_TEXT.stirp(), "did you mean 'strip'?"),
        (lambda _: nubmer, "did you mean 'number'?"),  # type: ignore[name-defined] # noqa: F821
        (lambda _: Condition, "swarmdsl import Condition"),  # type: ignore[name-defined] # noqa: F821
        (lambda _: {"a": 1}["b"], "has no 'b': put it there, or use .get('b')"),
        (lambda _: {"read": 1}["raed"], "did you mean 'read'?"),
        (lambda _: LOOSE_DICT[3], "has no 3: put it there"),
        (lambda _: LOOSE_TASK(number, methd="any"), "did you mean 'method'?"),
        (lambda _: LOOSE_TASK(number, retry=3), "did you mean 'retries'?"),
        (
            lambda _: LOOSE_TASK(number, policy="pair"),
            "policy= belongs to the call that draws an edge",
        ),
        (lambda _: LOOSE_TASK(number, datasets=["d"]), "datasets= belongs to Module(...)"),
        (lambda _: LOOSE_TASK(number, zzz=3), "take zzz= out; Task(...) takes module, method"),
        (lambda _: LOOSE_TASK(), "Task(count, ...)"),
        (lambda _: LOOSE_TASK(number)([], polcy="pair"), "did you mean 'policy'?"),
        (lambda _: LOOSE_TASK(number, name="worker"), "the name of a task is alias="),
        (lambda _: LOOSE_TASK(number, replicas=2), "maximum= says on how many nodes"),
        (lambda _: LOOSE_MODULE(number, require=[]), "did you mean 'requirements'?"),
        (lambda _: LOOSE_RATE(1, bursts=2), "did you mean 'burst'?"),
        (lambda swarm: Swarm.execute(swarm), "define execute(self) in the class"),
        (lambda _: World().globals["x"], "use self.get_global()"),
        (raising(RunRefused("the command")), "let the script run it"),
        (raising(RecursionError("too deep")), "must not call itself"),
        (raising(PermissionError(13, "no", "x")), "let the user who compiles read it"),
        (raising(ValueError("odd")), "execute() runs here, where the swarm is compiled"),
    ],
)
def test_remedy_depends_on_what_was_raised(
    code: Callable[[Any], object], remedy: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert remedy in found(code).hint


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (lambda: LOOSE_SWARM(name="x", tasks=[]), "set name = '...' in the class"),
        (lambda: LOOSE_SWARM(tasks=[]), "what its execute() returns"),
        (lambda: LOOSE_SWARM(iteration=2), "max_iteration="),
    ],
)
def test_what_readmes_give_a_swarm_is_led_to_where_it_belongs(
    code: Callable[[], object], remedy: str
) -> None:
    assert remedy in found(lambda _: code()).hint


def test_keyword_that_nobody_knows_is_where_the_finding_stands() -> None:
    at = found(lambda _: LOOSE_TASK(number, methd="any")).primary
    assert at is not None
    line = Path(at.file).read_text().splitlines()[at.line - 1]
    assert line[at.column - 1 : at.end_column - 1] == '"any"'


def test_names_to_import_are_public() -> None:
    assert set(swarmdsl.__all__) >= PUBLIC


def test_finding_stands_at_the_users_own_line() -> None:
    at = found(lambda _: json.loads("{")).primary
    assert at is not None
    assert "json.loads" in Path(at.file).read_text().splitlines()[at.line - 1]
    assert at.file == __file__
