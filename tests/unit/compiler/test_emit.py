from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from swarmdsl.compiler import Compilation, compile_swarm
from swarmdsl.compiler.emit import INLINE_BYTES_MAX
from swarmdsl.dsl import Module, Swarm, Task
from swarmdsl.topology.codec import from_toml, to_toml
from swarmdsl.topology.model import Constant
from swarmdsl.wire.codec import decode_blob
from tests.unit.compiler.building import TWO, topology

SCRIPT = "def main():\n    return {}\n"


@dataclass
class Point:
    x: int


def take(value: Any) -> None:
    assert value is not None


def with_global(value: object) -> Compilation:
    class Example(Swarm):
        def __init__(self) -> None:
            self.set_global("value", value)

        def execute(self) -> Task:
            return Task(take, inputs={"value": 1})

    return compile_swarm(Example(), TWO)


def constant(value: object) -> tuple[Constant, Compilation]:
    found = with_global(value)
    return found.require().globals["value"], found


@pytest.mark.parametrize("value", [1, -1.5, True, "text", [1, ["a"]], {"a": {"b": 2}}, [], {}])
def test_plain_value_is_written_into_the_document(value: object) -> None:
    assert constant(value)[0] == Constant(value=value)


@pytest.mark.parametrize("value", [None, b"raw", {"a": None}, [1, None]])
def test_what_toml_cannot_say_lies_beside_it(value: object) -> None:
    made, found = constant(value)
    assert made.blob is not None
    assert decode_blob(found.bundles[made.blob]) == value


@pytest.mark.parametrize("value", [2**70, object(), {"a": [open]}])
def test_value_without_any_form_is_refused(value: object) -> None:
    assert [one.code for one in with_global(value).diagnostics] == ["SW205"]


def test_array_and_record_lie_beside_the_document() -> None:
    made, found = constant(np.arange(3))
    assert np.array_equal(decode_blob(found.bundles[str(made.blob)]), np.arange(3))
    made, found = constant(Point(2))
    assert decode_blob(found.bundles[str(made.blob)], Point) == Point(2)


def test_infinity_lies_beside_the_document() -> None:
    assert constant(float("inf"))[0].blob


def test_large_value_lies_beside_the_document() -> None:
    assert constant("x" * (INLINE_BYTES_MAX - 2))[0].blob is None
    assert constant("x" * INLINE_BYTES_MAX)[0].blob


def test_emitted_topology_survives_its_own_document() -> None:
    made = with_global({"a": [1, 2.5]}).require()
    assert from_toml(to_toml(made)) == made


def test_equal_modules_are_one() -> None:
    tasks = [Task(Module(SCRIPT.format(1), name="script"), alias=f"t{i}") for i in range(3)]
    found = topology(tasks)
    assert [module.name for module in found.modules] == ["script"]


def test_different_modules_of_one_name_are_told_apart() -> None:
    tasks = [Task(Module(SCRIPT.format(i), name="script"), alias=f"t{i}") for i in range(3)]
    found = topology(tasks)
    assert [module.name for module in found.modules] == ["script", "script_1", "script_2"]
    assert [task.module for task in found.tasks] == ["script", "script_1", "script_2"]


def test_tasks_of_one_bundle_share_its_file() -> None:
    def other() -> int:
        return 1

    found = topology([Task(take, inputs={"value": 1}), Task(take, inputs={"value": 2})])
    assert len({module.bundle for module in found.modules}) == 1
