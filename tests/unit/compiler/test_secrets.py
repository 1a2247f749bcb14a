"""Secrets as they are declared: names, of modules and of tasks, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from swarmdsl.dsl import Module, Task, module
from tests.unit.compiler.building import codes, compiled, task_of, topology


def one() -> int:
    return 1


@module(secrets=["token"])
def fetch() -> int:
    return 1


def test_a_task_declares_none_unless_it_says_so() -> None:
    [task] = topology(Task(one, "any")).tasks
    assert task.secrets == ()


def test_a_task_adds_to_what_its_module_declares() -> None:
    found = topology(
        [
            Task(fetch, "any", alias="usual"),
            Task(fetch, "any", alias="more", secrets=("token", "key")),
        ]
    )
    assert task_of(found, "usual").secrets == ("token",)
    assert task_of(found, "more").secrets == ("key", "token")


@pytest.mark.parametrize("name", ["a-b", "1st", "", "ä", "a" * 65, 3, None, "a\n"])
def test_a_name_that_is_none_is_told_with_one_that_is(name: Any) -> None:
    [of_task] = compiled(Task(one, "any", secrets=["good", name])).diagnostics
    [of_module] = compiled(Task(Module(one, secrets=[name]), "any")).diagnostics
    assert (of_task.code, of_module.code) == ("SW317", "SW317")
    assert "one has a secret with the name" in of_task.message
    assert "module one has a secret" in of_module.message
    proposed = of_task.hint.partition("[")[2].partition("]")[0].strip("'")
    assert codes(Task(one, "any", secrets=[proposed])) == []


def test_every_wrong_name_is_told() -> None:
    assert codes(Task(one, "any", secrets=["a-b", "c d"])) == ["SW317", "SW317"]


def test_one_name_is_no_list_of_names() -> None:
    [found] = compiled(Task(one, "any", secrets="token")).diagnostics
    assert (found.code, found.hint) == ("SW317", "write secrets=['token']")


@pytest.mark.parametrize("value", [{"token": "open-sesame"}, "open-sesame", b"open-sesame"])
def test_a_value_in_place_of_names_is_refused_and_not_told(value: Any) -> None:
    [found] = compiled(Task(one, "any", secrets=value)).diagnostics
    assert found.code == "SW317"
    assert "sesame" not in found.message + found.hint
    assert "values are given to the run" in found.hint
