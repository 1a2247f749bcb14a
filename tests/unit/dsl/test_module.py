from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.dsl import Module, module
from swarmdsl.light import Daemon


@module
def double(number: int) -> int:
    """Twice the number."""
    return 2 * number


@module(datasets=["digits"], image="manta:latest", name="trainer")
def train() -> int:
    return 1


class Echo(Daemon):
    pass


def test_decorated_function_still_works_and_looks_like_itself() -> None:
    assert double(4) == 8
    assert (double.__name__, double.__doc__) == ("double", "Twice the number.")  # type: ignore[attr-defined]
    assert str(inspect.signature(double)) == "(number: 'int') -> 'int'"


def test_options_of_the_decorator_are_kept() -> None:
    assert (train.datasets, train.image, train.name) == (["digits"], "manta:latest", "trainer")


def test_decorator_has_every_option_of_a_module_but_those_of_a_program() -> None:
    of_a_program = {"python_program", "command", "takes", "yields", "format"}
    named = inspect.signature(module).parameters.keys() - {"program"}
    assert named == inspect.signature(Module).parameters.keys() - of_a_program


def test_every_option_of_the_decorator_reaches_the_module() -> None:
    given: dict[str, Any] = {
        "image": "manta:latest",
        "name": "trainer",
        "datasets": ["digits"],
        "requirements": ["numpy>=1.26"],
        "resources": {"cpu": 2},
        "timeout": 60.0,
        "retries": 3,
        "env": {"HOME": "/"},
    }
    made = module(**given)(len)
    assert {name: getattr(made, name) for name in given} == given


class Plain:
    """A base class of the user's own."""


@pytest.mark.parametrize(("before", "after"), [((), ()), ((Plain,), ()), ((), (Plain,))])
def test_a_class_statement_with_a_module_among_its_bases_fails_and_names_both(
    before: tuple[type, ...], after: tuple[type, ...]
) -> None:
    decorated: Any = module(name="echoes")(Echo)
    said = r"Echo is a module \(@module\): let Louder subclass the plain class, and decorate Louder"
    with pytest.raises(TypeError, match=said):

        class Louder(*before, decorated, *after):  # type: ignore[misc]
            pass


def test_daemon_class_can_be_decorated() -> None:
    decorated = module(Echo)
    assert decorated.kind == "daemon"
    assert isinstance(decorated(), Echo)


def test_both_forms_of_manta_mean_the_same() -> None:
    named = Module(name="train", python_program="train.py", image="i", datasets=["d"])
    placed = Module("train.py", "i", datasets=["d"])
    kept = ("name", "python_program", "image", "datasets", "kind")
    assert [getattr(named, one) for one in kept] == [getattr(placed, one) for one in kept]


@pytest.mark.parametrize(
    ("program", "name", "kind"),
    [
        ("steps/train.py", "train", "script"),
        (Path("steps"), "steps", "script"),
        ("def main():\n    return 1\n", "script", "script"),
        (len, "len", "function"),
        (lambda: 1, "lambda", "function"),
        (Daemon, "Daemon", "daemon"),
        (int, "int", None),
        (None, "module", None),
    ],
)
def test_kind_and_name_follow_from_the_program(program: Any, name: str, kind: str | None) -> None:
    made = Module(program)
    assert (made.name, made.kind) == (name, kind)


@pytest.mark.parametrize(
    ("made", "name", "kind"),
    [
        (Module(command=["./bin/count", "--fast"]), "count", "program"),
        (Module(command=["./count"], image="tools:1"), "count", "program"),
        (Module(command=[]), "module", "program"),
        (Module(None, "manta:pytorch"), "manta", "image"),
        (Module(None, "registry.example:5000/lab/fit@sha256:00"), "fit", "image"),
        (Module(None, "manta:pytorch", "trainer"), "trainer", "image"),
    ],
)
def test_what_is_no_python_has_a_kind_and_a_name_too(made: Module, name: str, kind: str) -> None:
    assert (made.name, made.kind) == (name, kind)


def test_program_cannot_be_called() -> None:
    with pytest.raises(TypeError, match="count is a program"):
        Module(command=["./count"])()


def test_script_cannot_be_called() -> None:
    with pytest.raises(TypeError, match="train is a script"):
        Module("train.py")()


def test_loader_finds_the_function_inside() -> None:
    assert double.__swarmdsl_program__(2) == 4
