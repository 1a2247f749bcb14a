"""Time limits, retries and environments, as they are declared."""

from __future__ import annotations

from typing import Any

import pytest

from swarmdsl.dsl import Module, Task, module
from swarmdsl.light import Daemon, on
from tests.unit.compiler.building import codes, compiled, task_of, topology


def one() -> int:
    return 1


@module(timeout=60.0, retries=2)
def patient() -> int:
    return 1


class Sum(Daemon):
    @on
    def add(self, number: int) -> int:
        return number


SCRIPT = "def main():\n    return 1\n"


def script(**options: Any) -> Module:
    return Module(SCRIPT, name="script", **options)


def test_a_task_has_neither_limit_nor_retries_unless_it_says_so() -> None:
    [task] = topology(Task(one, "any")).tasks
    assert (task.timeout_s, task.retries, task.env) == (None, 0, {})


def test_a_module_says_it_for_all_of_its_tasks_and_a_task_for_itself() -> None:
    found = topology(
        [
            Task(patient, "any", alias="usual"),
            Task(patient, "any", alias="hasty", timeout=1, retries=0),
        ]
    )
    usual, hasty = task_of(found, "usual"), task_of(found, "hasty")
    assert (usual.timeout_s, usual.retries) == (60.0, 2)
    assert (hasty.timeout_s, hasty.retries) == (1.0, 0)


def test_environments_of_module_and_task_are_one_and_the_task_prevails() -> None:
    made = script(env={"HOME": "/", "LANG": "C"})
    [task] = topology(Task(made, "any", env={"LANG": "de", "A": ""})).tasks
    assert list(task.env.items()) == [("A", ""), ("HOME", "/"), ("LANG", "de")]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0),
        ("timeout", -1.0),
        ("timeout", "60"),
        ("timeout", True),
        ("timeout", float("inf")),
        ("retries", -1),
        ("retries", 1.0),
        ("retries", True),
        ("retries", 10_000),
        ("env", ["A=b"]),
        ("env", {"A": 1}),
        ("env", {1: "a"}),
        ("env", {"": "a"}),
        ("env", {"A=B": "c"}),
        ("env", {"A": "b\0c"}),
    ],
)
def test_what_is_no_such_value_is_told_with_it(option: str, value: Any) -> None:
    [of_task] = compiled(Task(script(), "any", **{option: value})).diagnostics
    [of_module] = compiled(Task(script(**{option: value}), "any")).diagnostics
    assert (of_task.code, of_module.code) == ("SW305", "SW305")
    assert f"script has {option}=" in of_task.message
    assert f"module script has {option}=" in of_module.message


@pytest.mark.parametrize("number", [0.001, 1, 86_400.0])
def test_any_time_that_can_pass_is_a_limit(number: float) -> None:
    [task] = topology(Task(one, "any", timeout=number)).tasks
    assert task.timeout_s == number


def test_a_daemon_module_has_a_limit_and_an_environment_but_no_retries() -> None:
    source = Task(one, "any")
    assert codes(Task(Sum, "any", timeout=1.0, env={"A": "b"})(source)) == []
    assert codes(Task(Sum, "any", retries=1)(source)) == ["SW316"]
    assert codes(Task(Module(Sum, retries=1), "any")(source)) == ["SW316"]


def test_a_function_has_no_environment_of_its_own() -> None:
    [found] = compiled(Task(one, "any", env={"A": "b"})).diagnostics
    assert found.code == "SW316"
    assert "env={'A': ...}" in found.message
    assert codes(Task(Module(one, env={"A": "b"}), "any")) == ["SW316"]


def test_a_task_of_several_instances_may_be_without_one_of_them() -> None:
    assert topology(Task(one, "all", on_node_loss="continue")).tasks[0].on_node_loss == "continue"
    assert topology(Task(one, "all")).tasks[0].on_node_loss == "fail"


def test_one_instance_leaves_nothing_to_go_on_with() -> None:
    assert codes(Task(one, "any", on_node_loss="continue")) == ["SW318"]
    assert codes(Task(one, inputs={}, on_node_loss="continue")) == ["SW318"]
    assert codes(Task(one, "any", maximum=0.5, on_node_loss="continue")) == []


@pytest.mark.parametrize("value", ["continues", None, True, ["continue"]])
def test_what_becomes_of_a_run_is_one_of_two_words(value: Any) -> None:
    [found] = compiled(Task(one, "all", on_node_loss=value)).diagnostics
    assert found.code == "SW305"
    assert "not 'fail' or 'continue'" in found.message


def test_a_module_of_several_tasks_that_is_wrong_is_told_once() -> None:
    made = script(retries=-1)
    assert codes([Task(made, "any"), Task(made, "any"), Task(made, "any")]) == ["SW305"]
