"""Nodes that are left out for want of a dataset, and have one of nearly its name."""

from __future__ import annotations

from typing import Any

import pytest

from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.compiler.misspelt import is_misspelt
from swarmdsl.dsl import Inventory, Module, Node, Task
from tests.unit.compiler.building import compiled


def total() -> int:
    return 1


def found(nodes: dict[str, str], *tasks: Task, **options: Any) -> list[Diagnostic]:
    """What is found of a task that needs `numbers`, on nodes with these datasets."""
    inventory = Inventory(
        nodes=tuple(
            Node(name=name, datasets=dict.fromkeys(said.split(), f"/data/{name}"))
            for name, said in nodes.items()
        )
    )
    task = Task(Module(total, datasets=["numbers"]), **options)
    return list(compiled([task, *tasks], inventory).diagnostics)


def test_a_node_with_a_dataset_of_nearly_the_name_is_told_with_what_to_write() -> None:
    [one] = found({"north": "numbers", "south": "number"})
    assert (one.code, one.severity) == ("SW320", "warning")
    assert one.message == (
        "total does not run on node 'south', which has no dataset 'numbers', but 'number'"
    )
    assert "datasets={'numbers': '/data/south'} in the Node(...) of 'south'" in one.hint


def test_several_such_nodes_and_tasks_are_one_finding() -> None:
    other = Task(Module(total, datasets=["numbers"]), alias="other")
    [one] = found({"a": "numbers", "b": "number", "c": "Numbers", "d": ""}, other)
    assert one.message.endswith("but 'number'; so it is with 1 more")


@pytest.mark.parametrize(
    "nodes",
    [
        {"north": "numbers", "south": ""},
        {"north": "numbers", "south": "letters"},
        {"north": "numbers", "south": "numbers2"},
        {"north": "numbers number", "south": "number"},
    ],
    ids=["none", "another", "a second part", "both on one node"],
)
def test_a_dataset_of_another_name_is_none_that_was_meant(nodes: dict[str, str]) -> None:
    assert found(nodes) == []


def test_a_dataset_that_another_module_asks_for_is_none_that_was_meant() -> None:
    other = Task(Module(total, datasets=["number"]), alias="other")
    assert found({"north": "numbers", "south": "number"}, other) == []


@pytest.mark.parametrize(
    "options",
    [
        {"method": "any"},
        {"maximum": 1},
        {"excepted_ids": ["south"]},
        {"specified_ids": ["north"]},
        {"method": "fixed", "specified_ids": ["north"]},
    ],
    ids=str,
)
def test_a_node_that_would_not_be_missed_is_not_told(options: dict[str, Any]) -> None:
    assert found({"north": "numbers", "south": "number"}, **options) == []


def test_where_no_node_is_left_that_alone_is_told() -> None:
    [one] = found({"north": "number", "south": "number"})
    assert (one.code, one.hint) == ("SW301", "did you mean 'number'?")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("digit", "digits"),
        ("Digits", "digits"),
        ("sky-map", "sky_map"),
        ("skymap", "sky-map"),
        ("idgits", "digits"),
        ("dikits", "digits"),
        ("diggits", "digits"),
    ],
)
def test_a_slip_is_seen_from_both_sides(one: str, other: str) -> None:
    assert is_misspelt(one, other)
    assert is_misspelt(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("digits", "digits"),
        ("digits", "letters"),
        ("part1", "part2"),
        ("part1", "part11"),
        ("part12", "part21"),
        ("part", "part1"),
        ("site-a", "site-b"),
        ("site-a", "site-"),
        ("a", "b"),
        ("test", "train"),
        ("", "a"),
    ],
)
def test_two_names_are_two_names(one: str, other: str) -> None:
    assert not is_misspelt(one, other)
    assert not is_misspelt(other, one)
