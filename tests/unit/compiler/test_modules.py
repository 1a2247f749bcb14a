"""What the compiler says of scripts, of what code holds on to, and of required packages."""

from __future__ import annotations

import functools
import threading
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.dsl import Module, Task
from swarmdsl.light import Daemon, on
from swarmdsl.topology.codec import from_toml, to_toml, topology_hash
from tests.unit.compiler.building import compiled, topology

MAIN = "def main():\n    return 1\n"
VERSION = metadata.version("packaging")


def number() -> int:
    return 1


def found(module: Any) -> Diagnostic:
    """The one finding about a swarm of this module alone."""
    diagnostics = compiled(Task(module, "any")).diagnostics
    assert len(diagnostics) == 1
    return diagnostics[0]


def is_fine(module: Any) -> bool:
    return compiled(Task(module, "any")).diagnostics == ()


# -------------------------------------------------------------------------------------- scripts


@pytest.mark.parametrize(
    "source",
    [
        MAIN,
        "from json import loads as main\n",
        "from json import *\n",
        "main = len\n",
        "main: object = len\n",
        "other, main = 1, len\n",
        f"if True:\n    {MAIN.replace('    ', '      ')}",
        "try:\n    from json import loads as main\nexcept ImportError:\n    main = None\n",
    ],
)
def test_a_script_may_bind_main_in_any_way(source: str) -> None:
    assert is_fine(Module(source, name="script"))


@pytest.mark.parametrize(
    ("source", "line", "hint"),
    [
        ("x = 1\n", 1, "add `def main():`"),
        ("\ndef man():\n    return 1\n", 2, "rename man() to main()"),
        ("\nclass A:\n    def main(self): ...\n", 3, "move main() to the top level"),
        ('\nif __name__ == "__main__":\n    def main(): ...\n', 3, "move main() to the top"),
        ("\n\nasync def main():\n    return 1\n", 3, "call asyncio.run() inside it"),
    ],
)
def test_a_script_without_main_is_shown_where_it_comes_closest(
    tmp_path: Path, source: str, line: int, hint: str
) -> None:
    (tmp_path / "job.py").write_text(source)
    told = found(Module(tmp_path / "job.py"))
    assert (told.code, told.primary and told.primary.line) == ("SW213", line)
    assert told.primary is not None
    assert told.primary.file == str(tmp_path / "job.py")
    assert [Path(one.span.file).name for one in told.related if one.span] == [Path(__file__).name]
    assert hint in told.hint


def test_source_text_that_is_not_python_is_shown_where_the_module_is_named() -> None:
    told = found(Module("import os\ndef main(:\n    pass\n", name="job"))
    assert (told.code, told.related) == ("SW214", ())
    assert "the source text of job, line 2 is not Python" in told.message
    assert "(def main(:)" in told.message
    assert told.primary is not None
    assert told.primary.file == __file__


BROKEN = """
import os

def main() -> int:
    return 1 +
"""
NAMED = """
def mian() -> int:
    return 2
"""


@pytest.mark.parametrize(
    ("text", "code", "line"), [(BROKEN, "SW214", "    return 1 +"), (NAMED, "SW213", "def mian()")]
)
def test_source_text_written_between_quotes_is_shown_at_its_own_line(
    text: str, code: str, line: str
) -> None:
    told = found(Module(text, name="job"))
    assert told.code == code
    assert told.primary is not None
    shown = Path(__file__).read_text("utf-8").splitlines()[told.primary.line - 1]
    assert (told.primary.file, shown.startswith(line)) == (__file__, True)
    assert [one.text for one in told.related] == ["used as module job"]


def test_source_text_written_twice_is_shown_where_the_module_is_named() -> None:
    first = """
import sys )
"""
    second = """
import sys )
"""
    told = found(Module(first, name="job"))
    assert first == second
    assert (told.code, told.related) == ("SW214", ())


@pytest.mark.parametrize("wrong", ["return 1", "yield 1", "await x", "nonlocal x", "x = (", " x"])
def test_a_script_that_python_would_not_run_is_shown_at_its_own_line(
    tmp_path: Path, wrong: str
) -> None:
    (tmp_path / "job.py").write_text(f"{MAIN}\n{wrong}\n")
    told = found(Module(tmp_path / "job.py"))
    assert told.code == "SW214"
    assert told.primary is not None
    assert (told.primary.file, told.primary.line) == (
        str(tmp_path / "job.py"),
        MAIN.count("\n") + 2,
    )


def test_a_warning_of_python_about_a_script_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(f"{MAIN}\nassert (1, 'always')\n")
    assert is_fine(Module(tmp_path / "job.py"))


@pytest.mark.parametrize("source", ["x = (\n", "x = 1 +\n", "  x = 1\n", "x = '\0'\n"])
def test_what_a_script_imports_from_beside_it_must_be_python_too(
    tmp_path: Path, source: str
) -> None:
    (tmp_path / "job.py").write_text(f"import beside\n{MAIN}")
    (tmp_path / "beside.py").write_text(source)
    told = found(Module(tmp_path / "job.py"))
    assert told.code == "SW214"
    assert told.primary is not None
    assert told.primary.file == str(tmp_path / "beside.py")


def test_a_file_of_a_package_that_nothing_imports_may_be_anything(tmp_path: Path) -> None:
    (tmp_path / "near" / "templates").mkdir(parents=True)
    (tmp_path / "near" / "__init__.py").write_text("")
    (tmp_path / "near" / "templates" / "form.py").write_text("{{ name }} = {{\n")
    (tmp_path / "job.py").write_text(f"import near\n{MAIN}")
    assert is_fine(Module(tmp_path / "job.py"))


def test_a_file_of_another_kind_is_no_script(tmp_path: Path) -> None:
    (tmp_path / "job.txt").write_text(MAIN)
    told = found(Module(tmp_path / "job.txt"))
    assert told.code == "SW204"
    assert "job.txt is no Python file" in told.message


def test_a_missing_file_is_told_with_one_of_nearly_its_name(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(MAIN)
    assert "did you mean 'train.py'?" in found(Module(tmp_path / "trian.py")).hint


def test_a_task_is_no_program_of_another_one() -> None:
    told = found(Task(number, "any"))
    assert told.code == "SW204"
    assert "<Task number>, of type Task, is no program" in told.message


def test_a_folder_without_init_names_the_scripts_in_it(tmp_path: Path) -> None:
    (tmp_path / "trainer").mkdir()
    (tmp_path / "trainer" / "train.py").write_text(MAIN)
    told = found(Module(tmp_path / "trainer"))
    assert told.code == "SW218"
    assert "name the script: trainer/train.py" in told.hint


# ------------------------------------------------------------------------------ what code holds


class Holder:
    """An object that holds on to what cannot be packaged."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def work(self) -> bool:
        return self.lock.locked()


def closure() -> Any:
    lock = threading.Lock()
    return lambda: lock.locked()


def nested() -> Any:
    settings = {"inner": [1, Holder()]}
    return lambda: len(settings)


def inner_function() -> Any:
    event = threading.Event()

    def inner() -> bool:
        return event.is_set()

    return lambda: inner()


def default() -> Any:
    def work(lock: Any = threading.Lock()) -> bool:  # noqa: B008 - what is tested
        return bool(lock.locked())

    return work


def daemon() -> Any:
    class Keeper(Daemon):
        lock = threading.Lock()

        @on
        def take(self, number: int) -> None: ...

    return Keeper


def with_argument(lock: Any, number: int = 1) -> bool:
    return bool(lock.locked()) and bool(number)


@pytest.mark.parametrize(
    ("program", "name", "kind"),
    [
        (closure(), "lock", "_thread.lock"),
        (nested(), "settings['inner'][1].lock", "_thread.lock"),
        (default(), "lock", "_thread.lock"),
        (Holder().work, "self.lock", "_thread.lock"),
        (functools.partial(with_argument, threading.Lock()), "argument 0", "_thread.lock"),
        (functools.partial(with_argument, lock=threading.Lock()), "lock", "_thread.lock"),
    ],
)
def test_the_variable_that_keeps_code_from_being_packaged_is_named(
    program: Any, name: str, kind: str
) -> None:
    told = found(Module(program, name="work"))
    assert told.code == "SW217"
    assert f"it holds on to {name}, of type {kind}, which cannot be packaged" in told.message
    assert f"make {name} inside the function" in told.hint


def test_a_daemon_class_that_holds_on_to_something_is_told_alike() -> None:
    told = compiled(Task(daemon(), "any")(Task(number, "any"))).diagnostics
    assert [one.code for one in told] == ["SW217"]
    assert "it holds on to Keeper.lock, of type _thread.lock" in told[0].message


def test_a_function_inside_a_closure_is_looked_into() -> None:
    told = found(inner_function())
    assert told.code == "SW217"
    assert "of type _thread.lock" in told.message


# ------------------------------------------------------------------------------ required packages


@pytest.mark.parametrize(
    "requirement",
    [
        "packaging",
        "Packaging>=20",
        "numpy",
        "no-such-package; python_version < '3'",
        "hypothesis[numpy]",
        "packaging @ https://example.org/packaging.tar.gz",
    ],
)
def test_a_requirement_that_is_met_is_noted_in_the_topology(requirement: str) -> None:
    made = topology(Task(Module(number, requirements=[requirement]), "any"))
    assert made.modules[0].requirements == (requirement,)
    assert from_toml(to_toml(made)) == made


def test_a_module_without_requirements_is_written_as_before() -> None:
    bare = topology(Task(Module(number), "any"))
    assert "requirements" not in to_toml(bare)
    assert topology_hash(bare) == topology_hash(
        topology(Task(Module(number, requirements=[]), "any"))
    )


def test_the_order_of_requirements_changes_nothing() -> None:
    one, other = (
        topology(Task(Module(number, requirements=list(names)), "any"))
        for names in (["packaging", "numpy"], ["numpy", "packaging", "numpy"])
    )
    assert one == other


@pytest.mark.parametrize(
    ("requirement", "code", "told", "hint"),
    [
        ("no-such", "SW216", "'no-such', which is not installed here", "run: pip install no-such"),
        ("nump", "SW216", "'nump', which is not installed here", "did you mean 'numpy'?"),
        ("sklearn", "SW216", "'sklearn', which is not", "is called 'scikit-learn'"),
        (
            "packaging<1",
            "SW216",
            f"'packaging<1', but version {VERSION} is installed here",
            "run: pip install 'packaging<1'",
        ),
        (
            "hypothesis[redis]",
            "SW216",
            "'hypothesis[redis]', so 'redis",
            "run: pip install 'redis",
        ),
        ("numpy=1.26", "SW215", "'numpy=1.26', which cannot be read", "'numpy==1.26'"),
        ("a b", "SW215", "'a b', which cannot be read", "as pip takes it"),
        ("", "SW215", "'', which cannot be read", "as pip takes it"),
    ],
)
def test_a_requirement_that_is_not_met_is_told(
    requirement: str, code: str, told: str, hint: str
) -> None:
    one = found(Module(number, requirements=[requirement]))
    assert one.code == code
    assert told in one.message
    assert hint in one.hint


def test_each_requirement_of_a_module_is_told_once_however_many_tasks_it_has() -> None:
    module = Module(number, requirements=["no-such", "nor-this", "packaging"])
    told = compiled([Task(module, "any", alias=name) for name in "abc"]).diagnostics
    assert [one.code for one in told] == ["SW216", "SW216"]


@pytest.mark.parametrize("requirements", ["numpy", 3, ["numpy", 3]])
def test_requirements_are_a_list_of_texts(requirements: Any) -> None:
    assert found(Module(number, requirements=requirements)).code == "SW305"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "the module has no program: there is None in its place"),
        (Module(), "the module has no program: there is None in its place"),
        (Module(None, name="fit"), "module fit: the module has no program"),
        (42, "42, of type int, is no program"),
    ],
    ids=["None", "an empty module", "a named one", "a number"],
)
def test_a_module_without_a_program_is_told_by_what_is_there(given: Any, told: str) -> None:
    [found] = compiled(Task(given, "any")).diagnostics
    assert (found.code, found.message[: len(told)]) == ("SW204", told)
