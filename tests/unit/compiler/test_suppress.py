"""Comments that silence findings, and findings about such comments."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from swarmdsl.compiler import Compilation, compile_swarm, load_target
from swarmdsl.compiler.comments import commented
from swarmdsl.dsl import Inventory
from swarmdsl.errors import CompileError

Compiled = Callable[..., Compilation]

HEAD = """
from swarmdsl import Swarm, Task

def train() -> int:
    return 1

"""
CYCLE = """
class Circle(Swarm):
    def execute(self):
        a, b = Task(train, alias="a"), Task(train, alias="b")
        a(b)
        return b(a)  # swarm: ignore[SW101, SW102, SW202] drawn by hand
"""


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Compiled]:
    """Compile the swarm of a file that has this text."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def call(text: str, name: str = "") -> Compilation:
        file = tmp_path / "suppressed.py"
        file.write_text(HEAD + dedent(text))
        swarm = load_target(f"{file}:{name}" if name else str(file))
        return compile_swarm(swarm, Inventory.local(nodes=2, cores=4))

    yield call
    sys.modules.pop("suppressed", None)


def body(*lines: str) -> str:
    """A swarm whose execute() has these lines."""
    inner = "\n".join(f"        {line}" for line in lines)
    return f"class Loose(Swarm):\n    def execute(self):\n{inner}\n"


def shown(compilation: Compilation) -> list[str]:
    return [one.code for one in compilation.diagnostics]


def hidden(compilation: Compilation) -> list[str]:
    return [one.diagnostic.code for one in compilation.suppressed]


@pytest.mark.parametrize(
    "lines",
    [
        ['return Task(train, specified_ids=["node1", "no"])  # swarm: ignore[SW306]'],
        ['return Task(train, specified_ids=["node1", "no"])  # swarm:ignore[ sw306 ,SW305]'],
        ['return Task(train, specified_ids=["node1", "no"])  # noqa: E1  # swarm: ignore[SW306]'],
        ["return Task(  # swarm: ignore[SW306]", '    train, specified_ids=["node1", "no"]', ")"],
        ["return Task(", '    train, specified_ids=["node1", "no"]', ")  # swarm: ignore[SW306]"],
        ["return (  # swarm: ignore[SW306]", '    Task(train, specified_ids=["node1", "no"])', ")"],
        [
            "return Task(",
            "    train,",
            '    specified_ids=["node1", "no"],  # swarm: ignore[SW306]',
            ")",
        ],
        [
            "return Task(  # swarm: ignore[SW306]",
            "    train,",
            '    specified_ids=["node1", "no"],',
            ")",
        ],
        [
            "return Task(",
            "    train,",
            '    specified_ids=["node1", "no"],',
            ")  # swarm: ignore[SW306]",
        ],
        [
            "return [",
            "    Task(  # swarm: ignore[SW306] where the call begins",
            "        train,",
            '        specified_ids=["node1", "no"],',
            "    ),",
            "]",
        ],
    ],
)
def test_comment_on_the_statement_silences_its_finding(
    compiled: Compiled, lines: list[str]
) -> None:
    found = compiled(body(*lines))
    assert "SW306" not in shown(found)
    assert hidden(found) == ["SW306"]
    assert found.valid


@pytest.mark.parametrize(
    "lines",
    [
        ["# swarm: ignore[SW306]", 'return Task(train, specified_ids=["node1", "no"])'],
        ['x = "# swarm: ignore[SW306]"', 'return Task(train, specified_ids=["node1", "no"])'],
        ['return Task(train, specified_ids=["node1", "no"])  # swarm: ignore[SW305]'],
        ['return Task(train, specified_ids=["node1", "no"])  # swarm: ignored[SW306]'],
    ],
)
def test_comment_elsewhere_or_about_something_else_silences_nothing(
    compiled: Compiled, lines: list[str]
) -> None:
    found = compiled(body(*lines))
    assert "SW306" in shown(found)
    assert not found.suppressed


@pytest.mark.parametrize(
    "text",
    [
        "limits = {'lease': 1}  # swarm: ignore[SW603]",
        "limits = {  # swarm: ignore[SW603]\n        'lease': 1,\n    }",
        "limits = {\n        'lease': 1,  # swarm: ignore[SW603]\n    }",
    ],
)
def test_comment_on_a_value_of_the_swarm_silences_its_finding(
    compiled: Compiled, text: str
) -> None:
    found = compiled(body("return Task(train)").replace(":\n", f":\n    {text}\n", 1))
    assert (shown(found), hidden(found)) == ([], ["SW603"])


def test_comment_on_the_class_still_silences_what_is_found_in_its_values(
    compiled: Compiled,
) -> None:
    text = body("return Task(train)").replace(
        ":\n", ":  # swarm: ignore[SW603]\n    limits = {'lease': 1}\n", 1
    )
    found = compiled(text)
    assert (shown(found), hidden(found)) == ([], ["SW603"])


def test_comment_keeps_its_reason_and_place(compiled: Compiled) -> None:
    found = compiled(
        body('return Task(train, specified_ids=["node1", "no"])  # swarm: ignore[SW306] next week')
    )
    [one] = found.suppressed
    assert (one.by, one.reason) == ("comment", "next week")
    assert one.comment is not None
    assert one.comment.line == one.diagnostic.primary.line  # type: ignore[union-attr]


def test_suppressed_error_still_keeps_the_swarm_from_running(compiled: Compiled) -> None:
    found = compiled(CYCLE)
    assert "SW101" in hidden(found)
    assert "SW101" not in shown(found)
    assert not found.valid
    with pytest.raises(CompileError, match="SW101"):
        found.require()


def test_comment_on_the_head_of_a_function_silences_what_is_found_there(compiled: Compiled) -> None:
    text = """
    def show(
        value,
    ):  # swarm: ignore[SW203] takes whatever comes
        return value

    class Loose(Swarm):
        def execute(self):
            return Task(show, method="any")(Task(train))
    """
    found = compiled(text)
    assert "SW203" not in shown(found)
    assert "SW203" in hidden(found)


def test_each_code_that_silences_nothing_is_told(compiled: Compiled) -> None:
    found = compiled(body("return Task(train)  # swarm: ignore[SW306, SW101]"))
    assert shown(found) == ["SW901", "SW901"]
    assert [one.message.split()[3] for one in found.diagnostics] == ["SW101,", "SW306,"]


def test_code_that_comes_and_goes_may_be_unused(compiled: Compiled) -> None:
    found = compiled(body("return Task(train)  # swarm: ignore[SW306, SW901]"))
    assert shown(found) == []
    assert hidden(found) == ["SW901"]


def test_comment_in_another_swarm_of_the_file_is_not_called_unused(compiled: Compiled) -> None:
    other = body("return Task(train)  # swarm: ignore[SW306]").replace("Loose", "Other")
    found = compiled(f"{body('return Task(train)')}\n{other}", "Loose")
    assert shown(found) == []


@pytest.mark.parametrize("text", ["ignore", "ignore[]", "ignore[SW306", "ignore SW306"])
def test_comment_without_codes_is_told(compiled: Compiled, text: str) -> None:
    assert shown(compiled(body(f"return Task(train)  # swarm: {text}"))) == ["SW902"]


def test_unknown_code_names_the_nearest(compiled: Compiled) -> None:
    [one] = compiled(body("return Task(train)  # swarm: ignore[SW3061]")).diagnostics
    hint = "take SW3061 out, or name another; did you mean 'SW306'?"
    assert (one.code, one.hint) == ("SW903", hint)


def test_what_is_no_python_has_no_comments() -> None:
    assert commented("words.py", b"def (:  # swarm: ignore[SW306]") is None
    assert commented("words.py", b"x = '''  # swarm: ignore[SW306]") is None


def test_statements_know_where_their_heads_end() -> None:
    source = dedent("""
        match command:  # swarm: ignore[SW306]
            case 1:
                pass
        @first
        @second
        def f(
            a,
        ):
            pass
    """)
    found = commented("words.py", source.encode())
    assert found is not None
    heads = {(one.first, one.head, one.last) for one in found.heads.values()}
    assert {(2, 2, 4), (5, 9, 10)} <= heads
