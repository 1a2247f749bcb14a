"""What a shell of IPython makes of it."""

import atexit
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.lib.pretty import pretty

from swarmdsl import CompileError
from tests.unit.notebook.test_magic import Ones, Wrong


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(user_ns={"Ones": Ones, "Wrong": Wrong})
    yield made
    atexit.unregister(made.atexit_operations)
    made.atexit_operations()
    InteractiveShell.clear_instance()


def test_the_extension_brings_the_magic(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_line_magic("load_ext", "swarmdsl")
    shell.run_cell("%swarm validate Ones")
    assert capsys.readouterr().out == "no findings\n"


def test_a_cell_becomes_a_module_and_is_not_executed(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_line_magic("load_ext", "swarmdsl")
    cell = "%%swarm_module doubler\nprint('executed')\n\ndef main():\n    return 2 * 21\n"
    assert shell.run_cell(cell).success
    assert capsys.readouterr().out == ""
    made = shell.user_ns["doubler"]
    assert (made.name, made.kind) == ("doubler", "script")
    shell.run_cell("from swarmdsl import Swarm, Task")
    shell.run_cell(
        "class Doubled(Swarm):\n    def execute(self):\n        return Task(doubler, 'any')"
    )
    assert shell.run_cell("Doubled().run().value").result == 42


def test_a_module_of_one_line_is_one_too(shell: InteractiveShell) -> None:
    shell.run_line_magic("load_ext", "swarmdsl")
    shell.run_cell_magic("swarm_module", "seven", "def main(): return 7")
    assert shell.user_ns["seven"].python_program == "def main(): return 7\n"


@pytest.mark.parametrize("name", ["", "two words", "7"])
def test_a_module_without_a_name_is_told(
    name: str, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_line_magic("load_ext", "swarmdsl")
    shell.run_cell_magic("swarm_module", name, "def main(): return 7\n")
    assert capsys.readouterr().err == (
        f"%%swarm_module: {name!r} is no name; write %%swarm_module trainer, say\n"
    )


def test_an_error_of_the_compiler_is_shown_as_its_report(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    result = shell.run_cell("Wrong().run()")
    assert isinstance(result.error_in_exec, CompileError)
    said = capsys.readouterr().out
    assert said.startswith("SW201 error: one returns int")
    assert "Traceback" not in said


def test_a_finding_is_shown_as_its_report() -> None:
    (finding,) = Wrong().check()
    assert pretty(finding).startswith("SW201 error: one returns int")
    assert pretty(finding).splitlines()[-1].strip() == "= see: swarm validate --explain SW201"


def test_what_a_swarm_was_compiled_to_is_told_in_some_lines() -> None:
    told = pretty(Ones().compile(nodes=3))
    assert told == "Ones: 1 task, valid\nno findings"
    assert pretty(Wrong().compile()).splitlines()[:2] == [
        "Wrong: 2 tasks, not valid",
        "SW201 error: one returns int, but no parameter of words takes it: text: str",
    ]
    assert repr(Ones().compile()) == "<Compilation Ones: 1 task, valid; no findings>"
