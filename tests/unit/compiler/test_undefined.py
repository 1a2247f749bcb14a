"""Names in annotations that are defined nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from swarmdsl.compiler.undefined import undefined_in
from swarmdsl.dsl import Module, Task
from swarmdsl.light import Daemon, on
from tests.unit.compiler.building import compiled

if TYPE_CHECKING:
    from fractions import Fraction  # noqa: F401 - for the annotations below, which are text


def annotated(text: str) -> Any:
    """A function of this file whose parameter has this annotation."""

    def function(value: int) -> None: ...

    function.__annotations__ = {"value": text}
    return function


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Itn", "Itn"),
        ("list[Strng]", "Strng"),
        ("int | Noen", "Noen"),
        ("'Strng'", "Strng"),
        ("pytst.Mark", "pytst"),
        ("pytest.Mrk", "pytest.Mrk"),
        ("list[np.ndarra]", "np.ndarra"),
        ("np.typng.NDArray", "np.typng"),
    ],
)
def test_a_name_that_is_not_there_is_found(text: str, name: str) -> None:
    [found] = undefined_in(annotated(text))
    assert (found.parameter, found.name) == ("value", name)


@pytest.mark.parametrize(
    "text",
    [
        "int",
        "list[str]",
        "Iterator[int]",
        "pytest.Mark",
        "Fraction",
        "None",
        "1 +",
        "Any['x']",
        "'int'",
        "...",
    ],
)
def test_what_is_defined_imported_for_the_checker_or_unreadable_is_not(text: str) -> None:
    assert list(undefined_in(annotated(text))) == []


@pytest.mark.parametrize(
    ("text", "meant"), [("np.ndarra", "np.ndarray"), ("ndarray", "np.ndarray")]
)
def test_a_name_of_an_imported_module_is_offered(text: str, meant: str) -> None:
    assert np.__name__ == "numpy", "it is imported here as np"
    [found] = compiled(
        Task(Module(annotated(text), name="last"), "any", inputs={"value": 1})
    ).diagnostics
    assert (found.code, found.hint) == ("SW221", f"did you mean {meant!r}?")


def test_a_part_of_a_package_that_is_not_imported_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = ModuleType("package")
    package.__path__ = [str(tmp_path)]
    (tmp_path / "part.py").touch()
    monkeypatch.setitem(globals(), "package", package)
    assert list(undefined_in(annotated("package.part.Scan"))) == []
    [found] = undefined_in(annotated("package.prt.Scan"))
    assert found.name == "package.prt"


def test_a_misspelt_result_of_the_only_task_is_told() -> None:
    def give() -> int:
        return 1

    give.__annotations__ = {"return": "np.ndarra"}
    [found] = compiled(Task(give, "any")).diagnostics
    assert (found.code, found.hint) == ("SW221", "did you mean 'np.ndarray'?")


def test_a_name_of_an_enclosing_function_is_there() -> None:
    class Local: ...

    def function(value: Local) -> Local:
        return value

    assert list(undefined_in(function)) == []


def test_functions_of_c_and_objects_are_left_alone() -> None:
    assert list(undefined_in(len)) == []
    builtin: Any = object()
    assert list(undefined_in(builtin)) == []


def one() -> int:
    return 1


class Crooked(Daemon):
    @on
    def handle(self, value: Nubmer) -> int:  # type: ignore[name-defined] # noqa: F821
        return 1


def test_a_handler_is_told_at_its_line_and_by_nothing_else() -> None:
    found = compiled(Task(Crooked, "any")(Task(one, "any"))).diagnostics
    assert [one.code for one in found] == ["SW221"]
    assert found[0].primary is not None
    assert found[0].primary.line == Crooked.handle.__code__.co_firstlineno + 1


def stream() -> Iterator[int]:
    yield 1


def test_a_module_of_several_tasks_is_told_once() -> None:
    wrong = Module(annotated("intt"), name="wrong")
    source = Task(stream, "any")
    found = compiled([Task(wrong, "any")(source), Task(wrong, "any")(source)]).diagnostics
    assert [(one.code, one.hint) for one in found] == [("SW221", "did you mean 'int'?")]
