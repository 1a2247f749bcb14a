"""Where in the source a finding stands: at the argument that is wrong, if the source shows it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from swarmdsl.compiler import Compilation, compile_swarm, load_target
from swarmdsl.compiler.argument import of_edge, of_module, of_task
from swarmdsl.compiler.codes import CODES
from swarmdsl.compiler.point import point
from swarmdsl.dsl import Inventory, Span, Task
from tests.unit.compiler.building import compiled as compiled_tasks

Found = Callable[..., dict[str, list[str]]]

HEAD = """
from swarmdsl import Condition, Limits, Module, Rate, Swarm, Task, module

def number() -> int:
    return 1

def show(value: int) -> None:
    assert value

def stream():
    yield 1

OPTIONS = {"method": "al"}
REQUEST = {"cpus": 2}

"""


def text_at(source: str, span: Span) -> str:
    """What stands there."""
    lines = source.splitlines()[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Found]:
    """By code, what stands where the findings about a swarm stand."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def call(swarm: str) -> dict[str, list[str]]:
        file = tmp_path / "pointed.py"
        file.write_text(HEAD + swarm, "utf-8")
        made: Compilation = compile_swarm(load_target(str(file)), Inventory.local(nodes=2, cores=4))
        places: dict[str, list[str]] = {}
        for one in made.diagnostics:
            assert one.primary is not None, one
            places.setdefault(one.code, []).append(text_at(HEAD + swarm, one.primary))
        return places

    yield call
    sys.modules.pop("pointed", None)


def executing(*lines: str) -> str:
    inner = "\n".join(f"        {line}" for line in lines)
    return f"class Pointed(Swarm):\n    def execute(self):\n{inner}\n"


@pytest.mark.parametrize(
    ("call", "code", "stands"),
    [
        ('Task(number, method="al")', "SW302", '"al"'),
        ('Task(number, "al")', "SW302", '"al"'),
        ('Task(method="al", module=number)', "SW302", '"al"'),
        ('Task(\n            number,\n            method="al",\n        )', "SW302", '"al"'),
        ('Task(number, method=str("al"))', "SW302", 'str("al")'),
        ("Task(number, maximum=1.5)", "SW303", "1.5"),
        ('Task(number, method="maximum")', "SW303", '"maximum"'),
        ("Task(number, 'fixed')", "SW304", "'fixed'"),
        ('Task(number, "fixed", specified_ids=["node1", "no"])', "SW304", '"no"'),
        ('Task(number, specified_ids=["node1", "no"])', "SW306", '"no"'),
        ('Task(number, alias="a b")', "SW106", '"a b"'),
        ('Task(number, network="none")', "SW451", '"none"'),
        ('Task(number, resources={"cpu": 1, "cups": 2})', "SW308", '"cups": 2'),
        ("Task(number, resources=REQUEST)", "SW308", "REQUEST"),
        ("Task(number, resources=dict(cpu='x'))", "SW308", "'x'"),
        ("Task(number, gpu=True)", "SW310", "True"),
        ('Task(number, resources={"gpu": 1})', "SW310", '"gpu": 1'),
        ('Task(number, "any", inputs={"numbre": 1})', "SW206", '"numbre": 1'),
        ("Task(stream, 'any', rate=Rate(1, burst=0))", "SW701", "0"),
        ("Task(stream, 'any', rate=Rate(per_second=0))", "SW701", "0"),
        ("Task(stream, 'any', rate=Rate(-1))", "SW701", "-1"),
        ('Task(Module("missing.py"))', "SW204", '"missing.py"'),
        ('Task(Module(number, datasets="digits"))', "SW305", '"digits"'),
        ('Task(show, "any")(Task(number, "any"), policy="pear")', "SW501", '"pear"'),
        ('Task(show, "any")(Task(number, "any"), "result")', "SW501", '"result"'),
        ("Task(show, 'any')(Task(number, 'any'), overflow='x')", "SW601", "'x'"),
        ('Task(show, "any")(3)', "SW105", "3"),
        ('"größe"; return Task(number, method="ány", alias="ä")', "SW302", '"ány"'),
        ('"größe"; return Task(number, "any", alias="ä", maximum=0)', "SW303", "0"),
    ],
)
def test_finding_stands_at_the_argument(found: Found, call: str, code: str, stands: str) -> None:
    returning = call if "return " in call else f"return {call}"
    assert found(executing(returning))[code] == [stands]


@pytest.mark.parametrize(
    "call",
    [
        "Task(number, **OPTIONS)",
        "Task(*[number, 'al'])",
        "Task(*[number], **OPTIONS)",
    ],
)
def test_what_the_source_hides_stands_at_the_call(found: Found, call: str) -> None:
    assert found(executing(f"return {call}"))["SW302"] == [call]


def test_what_is_written_elsewhere_stands_at_the_name(found: Found) -> None:
    lines = 'wanted = ["no", "node1"]', "return Task(number, specified_ids=wanted)"
    assert found(executing(*lines))["SW306"] == ["wanted"]


def test_option_of_a_decorator_stands_at_its_value(found: Found) -> None:
    decorated = '@module(resources={"cpu": "four"})\ndef heavy() -> int:\n    return 1\n\n'
    assert found(decorated + executing("return Task(heavy)"))["SW308"] == ['"cpu": "four"']


def test_each_of_two_calls_on_a_line_has_its_own_place(found: Found) -> None:
    line = 'return [Task(number, "al"), Task(number, method="ani")]'
    assert found(executing(line))["SW302"] == ['"al"', '"ani"']


@pytest.mark.parametrize(
    ("swarm", "code", "stands"),
    [
        ("    limits = Limits(inbox_messages=0)\n", "SW603", "0"),
        ("    limits: object = {'inbox_messages': 0}\n", "SW603", "'inbox_messages': 0"),
        ("    max_iteration = 0\n", "SW305", "0"),
        ("    name = ''\n", "SW305", "''"),
        ("    def __init__(self):\n        self.max_iteration = -1\n", "SW305", "-1"),
        ("    def __init__(self):\n        super().__init__(0)\n", "SW305", "0"),
        (
            "    def __init__(self):\n        super().__init__(limits={'lease': 1})\n",
            "SW603",
            "'lease': 1",
        ),
        ("    def __init__(self):\n        self.set_global(3, 1)\n", "SW305", "3"),
        ("    def __init__(self):\n        self.add_network('n', 'no')\n", "SW454", "'no'"),
    ],
)
def test_finding_about_the_swarm_stands_where_that_is_set(
    found: Found, swarm: str, code: str, stands: str
) -> None:
    assert found(f"class Pointed(Swarm):\n{swarm}{EXECUTE}")[code] == [stands]


EXECUTE = "    def execute(self):\n        return Task(number, 'any')\n"


def test_value_that_a_parent_class_sets_stands_there(found: Found) -> None:
    parent = "class Parent(Swarm):\n    max_iteration = 0\n\n"
    swarm = f"class Pointed(Parent):\n{EXECUTE}"
    assert found(parent + swarm)["SW305"] == ["0"]


def test_value_that_nobody_can_find_stands_at_the_class(found: Found) -> None:
    swarm = f"class Pointed(Swarm):\n    locals()['max_iteration'] = 0\n{EXECUTE}"
    [place] = found(swarm)["SW305"]
    assert place == ""  # the class's line, without columns


def test_source_that_is_gone_leaves_the_call() -> None:
    text = "from swarmdsl import Task\ndef one() -> int: return 1\nt = Task(one, 'al')\n"
    space: dict[str, Task] = {}
    exec(compile(text, "/nowhere/gone.py", "exec"), space)
    [one] = compiled_tasks(space["t"]).diagnostics
    assert (one.code, one.primary) == ("SW302", space["t"].span)


def test_without_findings_nothing_is_looked_at() -> None:
    """A graph may have a hundred thousand calls."""
    silent: Any = SimpleNamespace(diagnostics=())  # anything else that is asked of it raises
    assert point(silent) is silent


def test_steps_are_walked_before_anything_is_told() -> None:
    def one() -> int:
        return 1

    found = compiled_tasks([Task(one, "al"), Task(one, maximum=0)]).diagnostics
    assert [one.steps for one in found] == [(), ()]
    assert all(one.code in CODES and one.call is not None for one in found)


def test_positions_are_those_of_the_signatures() -> None:
    assert of_task("maximum")[0] == ("maximum", 5)
    assert of_task("alias")[0] == ("alias", None)
    assert of_edge("condition")[0] == ("condition", 1)
    assert of_module("datasets")[0] == ("datasets", 3)
