"""Modules that are no Python: what they compile to, and who refuses to run images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Module, Swarm, Task
from swarmdsl.errors import KindNotStarted, SimulationImpossible, TopologyError
from swarmdsl.testing import simulate
from swarmdsl.topology.codec import from_toml, to_toml
from swarmdsl.topology.plan import plan
from tests.unit.compiler.building import codes, compiled, links_into, topology

COUNT = Module(command=["wc", "-w"])
FIT = Module(None, "lab/fit:2")
BOTH = pytest.mark.parametrize("module", [COUNT, FIT])


def number() -> int:
    return 1


def total(counts: list[int]) -> int:
    return sum(counts)


def in_the_middle(module: Module) -> Task:
    return Task(total, "any")(Task(module, alias="middle")(Task(number, "any")))


class Example(Swarm):
    """A swarm with this module between two functions."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self.module = module

    def execute(self) -> Task:
        return in_the_middle(self.module)


@BOTH
def test_what_takes_and_yields_anything_compiles_between_functions(module: Module) -> None:
    found = topology(in_the_middle(module))
    [into] = links_into(found, "middle")
    assert (into.port, into.type) == ("number", "Any")
    assert [one.source for one in links_into(found, "total")] == ["middle"]


def test_program_is_in_the_topology_with_its_command() -> None:
    [module] = topology(Task(COUNT)).modules
    assert (module.name, module.kind, module.command) == ("wc", "program", ("wc", "-w"))
    assert (module.bundle, module.encoding, module.entry) == ("", "installed", "")


def test_image_is_in_the_topology_without_code() -> None:
    [module] = topology(Task(FIT)).modules
    assert (module.name, module.kind, module.image) == ("fit", "image", "lab/fit:2")
    assert (module.bundle, module.encoding, module.entry) == ("", "installed", "")


def test_programs_of_one_name_and_several_commands_are_told_apart() -> None:
    bytes_too = Module(command=["wc"])
    packed = Module(command=["wc"], format="msgpack")
    made = topology([Task(COUNT), Task(bytes_too), Task(packed), Task(COUNT)])
    assert [one.name for one in made.modules] == ["wc", "wc_1", "wc_2"]
    assert [one.format for one in made.modules] == ["json", "json", "msgpack"]


def test_program_in_an_image_may_be_there_alone() -> None:
    assert codes(Task(Module(command=["./count"], image="tools:1"))) == ["SW402"]


@BOTH
def test_topology_survives_its_own_document(module: Module) -> None:
    made = topology(Task(module))
    assert from_toml(to_toml(made)) == made


def test_document_of_functions_mentions_no_command() -> None:
    assert "command" not in to_toml(topology(Task(number)))


@pytest.mark.parametrize(
    ("text", "other", "told"),
    [
        ('kind = "program"', 'kind = "script"', r"modules\[0\].command: every program has one"),
        ('kind = "program"', 'kind = "image"', r"modules\[0\].image: is missing"),
        (
            'kind = "program"',
            'format = "msgpack"\nkind = "script"',
            r"\[0\].format: is for programs",
        ),
    ],
)
def test_document_that_contradicts_itself_is_refused(text: str, other: str, told: str) -> None:
    document = to_toml(topology(Task(COUNT)))
    with pytest.raises(TopologyError, match=told):
        from_toml(document.replace(text, other))


def test_types_of_a_program_are_checked_against_its_neighbours() -> None:
    fitting = Module(command=["wc"], takes=int, yields=int)
    [into] = links_into(topology(in_the_middle(fitting)), "middle")
    [out] = links_into(topology(in_the_middle(fitting)), "total")
    assert [into.type, out.type] == ["int", "int"]


@pytest.mark.parametrize(
    ("types", "told"),
    [
        ({"takes": str}, "number returns int, but no input of middle takes it: takes: str"),
        ({"yields": str}, "total gathers str from middle"),
    ],
)
def test_program_that_does_not_fit_is_refused(types: dict[str, Any], told: str) -> None:
    module = Module(command=["wc"], **types)
    [found] = [one for one in compiled(in_the_middle(module)).diagnostics if one.code == "SW201"]
    assert found.message.startswith(told)


def test_program_that_yields_none_pushes_nothing() -> None:
    found = topology(Task(Module(command=["tee"], yields=None))(Task(number)))
    [out] = links_into(found, "run")
    assert out.port is None


def test_types_of_what_is_no_program_are_refused() -> None:
    assert codes(Task(Module(number, takes=int))) == ["SW204"]


def test_an_image_has_types_and_a_format_as_a_program_has() -> None:
    fit = Module(None, "lab/fit:2", yields=int, format="msgpack")
    found = topology(Task(total, "any")(Task(fit, "any")))
    [link] = links_into(found, "total")
    assert link.gather
    assert [one.format for one in found.modules if one.kind == "image"] == ["msgpack"]


@pytest.mark.parametrize("command", ["./count", [], [1], 5, b"./count", {"a": 1}])
def test_command_that_is_no_list_of_texts_is_refused(command: Any) -> None:
    assert codes(Task(Module(command=command, name="count"))) == ["SW204"]


def test_module_with_a_command_and_a_python_program_is_refused() -> None:
    [found] = compiled(Task(Module(number, command=["./count"]))).diagnostics
    assert found.message == "module count: has both python_program= and command="


@BOTH
def test_constants_are_refused(module: Module) -> None:
    assert "SW206" in codes(Task(module, inputs={"number": 1}))


def test_what_follows_a_program_gathers_since_it_may_write_several_values() -> None:
    once = Task(total, "any")(Task(COUNT, "any")(Task(number, "any")))
    assert [one.gather for one in links_into(topology(once), "total")] == [True]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"command": ["wc"], "format": "xml"}, "has format='xml', which is no format"),
        ({"python_program": number, "format": "msgpack"}, "which is for a command="),
    ],
)
def test_format_that_makes_no_sense_is_refused(options: dict[str, Any], told: str) -> None:
    [found] = compiled(Task(Module(**options))).diagnostics
    assert found.code == "SW204"
    assert told in found.message


def test_process_engine_refuses_an_image_before_anything_starts(tmp_path: Path) -> None:
    told = r"middle is image 'lab/fit:2', which only container engines start \(SW456\)"
    with pytest.raises(KindNotStarted, match=told):
        Example(FIT).run(home=tmp_path)
    assert list(tmp_path.iterdir()) == []


@BOTH
def test_simulation_refuses_it(module: Module) -> None:
    with pytest.raises(SimulationImpossible, match="middle is no Python"):
        simulate(Example(module), seed=1)


def test_plan_shows_the_command_of_a_program() -> None:
    assert "\nwc: program wc -w\n" in plan(topology(Task(COUNT, "any")))


def test_program_with_an_image_is_told_that_it_must_be_on_the_node() -> None:
    [found] = compiled(Task(Module(command=["wc"], image="tools:1"))).diagnostics
    assert (found.code, found.hint) == (
        "SW402",
        "install the program on each node: the process engine starts it there",
    )
