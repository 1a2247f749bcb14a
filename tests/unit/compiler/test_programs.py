"""Modules that are no Python: what they compile to, and who refuses to run them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Module, Swarm, Task
from swarmdsl.errors import KindNotStarted, SimulationImpossible, TopologyError
from swarmdsl.testing import simulate
from swarmdsl.topology.codec import from_toml, to_toml
from tests.unit.compiler.building import codes, compiled, links_into, topology

COUNT = Module(command=["./count", "--fast"])
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
    assert (module.name, module.kind, module.command) == ("count", "program", ("./count", "--fast"))
    assert (module.bundle, module.encoding, module.entry) == ("", "installed", "")


def test_image_is_in_the_topology_without_code() -> None:
    [module] = topology(Task(FIT)).modules
    assert (module.name, module.kind, module.image) == ("fit", "image", "lab/fit:2")
    assert (module.bundle, module.encoding, module.entry) == ("", "installed", "")


def test_programs_of_one_name_and_several_commands_are_told_apart() -> None:
    slow = Module(command=["./count"])
    names = [one.name for one in topology([Task(COUNT), Task(slow), Task(COUNT)]).modules]
    assert names == ["count", "count_1"]


def test_program_in_an_image_is_one_finding() -> None:
    assert codes(Task(Module(command=["./count"], image="tools:1"))) == ["SW457"]


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
    ],
)
def test_document_that_contradicts_itself_is_refused(text: str, other: str, told: str) -> None:
    document = to_toml(topology(Task(COUNT)))
    with pytest.raises(TopologyError, match=told):
        from_toml(document.replace(text, other))


def test_types_of_a_program_are_checked_against_its_neighbours() -> None:
    fitting = Module(command=["./count"], takes=int, yields=int)
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
    module = Module(command=["./count"], **types)
    [found] = [one for one in compiled(in_the_middle(module)).diagnostics if one.code == "SW201"]
    assert found.message.startswith(told)


def test_program_that_yields_none_pushes_nothing() -> None:
    found = topology(Task(Module(command=["./store"], yields=None))(Task(number)))
    [out] = links_into(found, "run")
    assert out.port is None


def test_types_of_what_is_no_program_are_refused() -> None:
    assert codes(Task(Module(number, takes=int))) == ["SW204"]
    assert codes(Task(Module(None, "lab/fit:2", yields=int))) == ["SW204"]


@pytest.mark.parametrize("command", ["./count", [], [1], 5, b"./count", {"a": 1}])
def test_command_that_is_no_list_of_texts_is_refused(command: Any) -> None:
    assert codes(Task(Module(command=command, name="count"))) == ["SW204"]


def test_module_with_a_command_and_a_python_program_is_refused() -> None:
    [found] = compiled(Task(Module(number, command=["./count"]))).diagnostics
    assert found.message == "module count: has both python_program= and command="


@BOTH
def test_constants_are_refused(module: Module) -> None:
    assert "SW206" in codes(Task(module, inputs={"number": 1}))


@pytest.mark.parametrize(
    ("module", "told"),
    [
        (COUNT, r"middle is program \['./count', '--fast'\], which .* carry out \(SW401\)"),
        (FIT, r"middle is image 'lab/fit:2', which only container engines start \(SW456\)"),
    ],
)
def test_process_engine_refuses_it_before_anything_starts(
    module: Module, told: str, tmp_path: Path
) -> None:
    with pytest.raises(KindNotStarted, match=told):
        Example(module).run(home=tmp_path)
    assert list(tmp_path.iterdir()) == []


@BOTH
def test_simulation_refuses_it(module: Module) -> None:
    with pytest.raises(SimulationImpossible, match="middle is no Python"):
        simulate(Example(module), seed=1)
