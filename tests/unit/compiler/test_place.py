from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.dsl import Inventory, Node, Task, module
from tests.unit.compiler.building import codes, compiled, nodes, task_of, topology

ABC = nodes("a", "b", "c")


def one() -> int:
    return 1


@module(datasets=["digits"])
def train() -> int:
    return 1


def placed(task: Task, inventory: Inventory = ABC) -> tuple[list[str], int]:
    """The nodes of the candidates, and the count."""
    (spec,) = topology(task, inventory).tasks
    return [daemon.partition("@")[2].partition("#")[0] for daemon in spec.candidates], spec.count


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({}, 3),
        ({"method": "all", "maximum": 2}, 2),
        ({"method": "all", "maximum": 9}, 3),
        ({"method": "all", "maximum": 0.5}, 2),
        ({"method": "any"}, 1),
        ({"method": "any", "maximum": 0.5}, 2),
        ({"method": "maximum", "maximum": 2}, 2),
        ({"method": "maximum", "maximum": 0.01}, 1),
        ({"method": "maximum", "maximum": 1.0}, 3),
        ({"inputs": {}}, 1),
    ],
)
def test_method_decides_how_many_nodes_run_a_task(options: dict[str, Any], count: int) -> None:
    assert placed(Task(one, **options)) == (["a", "b", "c"], count)


@pytest.mark.parametrize(("number", "tried"), [(1, ["a"]), (2, ["a", "b"]), (9, ["a", "b", "c"])])
def test_any_is_tried_on_as_many_nodes_as_its_maximum_says(number: int, tried: list[str]) -> None:
    assert placed(Task(one, "any", maximum=number)) == (tried, 1)


@pytest.mark.parametrize("unset", [-1, None])
def test_any_is_tried_on_every_node_if_no_maximum_is_set(unset: int | None) -> None:
    assert placed(Task(one, "any", maximum=unset)) == (["a", "b", "c"], 1)


def test_share_is_rounded_up_without_the_noise_of_binary_fractions() -> None:
    hundred = nodes(*(f"n{i:02}" for i in range(100)))
    assert placed(Task(one, "maximum", maximum=0.07), hundred)[1] == 7
    assert placed(Task(one, "maximum", maximum=0.071), hundred)[1] == 8


def test_fixed_runs_on_exactly_the_nodes_it_names() -> None:
    assert placed(Task(one, "fixed", specified_ids=["c", "a"])) == (["a", "c"], 2)


def test_fixed_flag_pins_the_choice_of_any_method() -> None:
    assert topology(Task(one, "any", True)).tasks[0].fixed
    assert topology(Task(one, "fixed", specified_ids=["node1"])).tasks[0].fixed
    assert not topology(Task(one, "any")).tasks[0].fixed


def test_specified_and_excepted_nodes_combine() -> None:
    task = Task(one, specified_ids=["a", "b"], excepted_ids=["b", "elsewhere"])
    assert placed(task) == (["a"], 1)


def test_task_runs_where_its_data_is() -> None:
    inventory = Inventory(nodes=(Node(name="cold"), Node(name="warm", datasets={"digits": "/d"})))
    assert placed(Task(train), inventory) == (["warm"], 1)


def test_least_loaded_node_comes_first_and_ties_break_by_name() -> None:
    found = topology([Task(one, "any", alias=f"t{i}") for i in range(4)], nodes("b", "a", "c"))
    assert [task.candidates[0] for task in found.tasks] == [
        "worker@a#0",
        "worker@b#0",
        "worker@c#0",
        "worker@a#0",
    ]


def test_tasks_of_a_lost_node_are_spread_over_the_others() -> None:
    five = nodes("a", "b", "c", "d", "e")
    found = topology([Task(one, "any", alias=f"t{i}") for i in range(100)], five)
    of_a = [task.candidates for task in found.tasks if task.candidates[0] == "worker@a#0"]
    assert Counter(one[1] for one in of_a) == {f"worker@{node}#0": 5 for node in "bcde"}


def test_who_steps_in_for_a_task_that_asks_for_resources_goes_by_room() -> None:
    inventory = Inventory(
        nodes=(Node(name="a", cpus=2), Node(name="b", cpus=2), Node(name="c", cpus=2))
    )
    heavy = [Task(one, "any", alias=f"t{i}", resources={"cpu": 2}) for i in range(2)]
    found = topology([*heavy, Task(one, "any", alias="last", resources={"cpu": 1})], inventory)
    assert task_of(found, "last").candidates == ("worker@c#0", "worker@a#0", "worker@b#0")


def test_where_all_nodes_run_a_task_they_stand_by_name() -> None:
    found = topology([Task(one, "any"), Task(one, "all", alias="all")], nodes("b", "a", "c"))
    assert [one.partition("#")[0] for one in task_of(found, "all").candidates] == [
        "worker@a",
        "worker@b",
        "worker@c",
    ]


def test_load_counts_per_slot() -> None:
    inventory = Inventory(nodes=(Node(name="big", slots=3), Node(name="small")))
    found = topology([Task(one, "any", alias=f"t{i}") for i in range(8)], inventory)
    first = Counter(task.candidates[0].partition("#")[0] for task in found.tasks)
    assert first == {"worker@big": 6, "worker@small": 2}


def test_empty_inventory_is_a_finding() -> None:
    assert codes(Task(one), Inventory(nodes=())) == ["SW301"]


TASKS = st.builds(
    lambda method, maximum: Task(one, method, maximum=maximum),
    st.sampled_from(["all", "any", "maximum"]),
    st.one_of(st.just(1), st.floats(min_value=0.01, max_value=1.0)),
)


@given(st.lists(TASKS, min_size=1, max_size=8), st.integers(1, 5), st.integers(1, 3))
def test_placement_is_deterministic_and_within_bounds(
    tasks: list[Task], number: int, slots: int
) -> None:
    inventory = nodes(*(f"n{i}" for i in range(number)), slots=slots)
    found = topology(tasks, inventory)
    assert found == topology(tasks, inventory)
    for asked, task in zip(tasks, found.tasks, strict=True):
        tried = 1 if asked.method == "any" and type(asked.maximum) is int else number
        assert 1 <= task.count <= len(task.candidates) == len(set(task.candidates)) == tried
    assert all(1 <= replicas <= slots for replicas in found.groups[0].per_node)
    assert task_of(found, found.tasks[0].alias) is found.tasks[0]


@pytest.mark.parametrize("wrong", [1.5, 0, True, False, -2, 0.0, -1.0, "2", float("nan")])
@pytest.mark.parametrize("method", ["all", "any", "maximum"])
def test_bad_maximum_is_a_finding_with_its_value(method: str, wrong: Any) -> None:
    [found] = compiled(Task(one, method, maximum=wrong), ABC).diagnostics
    assert (found.code, found.severity) == ("SW303", "error")
    assert f"maximum={wrong!r}" in found.message


@pytest.mark.parametrize("method", ["al", "ANY", "every", "", 3])
def test_unknown_method_is_a_finding(method: Any) -> None:
    assert codes(Task(one, method), ABC) == ["SW302"]


@pytest.mark.parametrize("names", [None, [], ["d"], ["a", "d"]])
def test_fixed_without_its_nodes_is_a_finding(names: list[str] | None) -> None:
    assert codes(Task(one, "fixed", specified_ids=names), ABC) == ["SW304"]


@pytest.mark.parametrize(
    ("module", "labels", "wanted"),
    [
        (train, {}, "datasets={'digits': '/data/digits'} in the Node(...) of 'b'"),
        (one, {"disk": "fast"}, "labels={'disk': 'fast'} in the Node(...) of 'b'"),
    ],
    ids=["dataset", "label"],
)
def test_what_a_fixed_node_lacks_can_be_written_for_it(
    module: Any, labels: dict[str, str], wanted: str
) -> None:
    full = Node(name="a", datasets={"digits": "/data/a"}, labels={"disk": "fast"})
    task = Task(module, "fixed", specified_ids=["a", "b"], labels=labels)
    [found] = compiled(task, Inventory(nodes=(full, Node(name="b")))).diagnostics
    assert found.hint == f"write {wanted}; or take 'b' out of specified_ids="


def test_a_misspelt_dataset_of_a_fixed_task_is_guessed() -> None:
    nodes = Inventory(nodes=(Node(name="a", datasets={"digit": "/data/a"}),))
    [found] = compiled(Task(train, "fixed", specified_ids=["a"]), nodes).diagnostics
    assert found.hint == "did you mean 'digit'?"


def test_fewer_nodes_than_a_task_is_fixed_to_are_counted() -> None:
    wanted = ["a", "b", "c", "d"]
    [found] = compiled(Task(one, "fixed", specified_ids=wanted), ABC).diagnostics
    assert found.message.endswith("which is not in the inventory: it needs 4 nodes, 3 here")
    assert found.hint is not None
    assert "--nodes 4" in found.hint


WIDE = Inventory(nodes=tuple(Node(name=name, slots=2) for name in ("a", "b", "c")))


def chosen_by(strategy: str, number: int, inventory: Inventory = WIDE, **options: Any) -> list[str]:
    """The first nodes of so many tasks that are alike."""
    made = [
        Task(one, "any", alias=f"t{place}", strategy=strategy, **options) for place in range(number)
    ]
    found = {spec.alias: spec.candidates[0] for spec in topology(made, inventory).tasks}
    return [found[task.alias].partition("@")[2].partition("#")[0] for task in made]


@pytest.mark.parametrize(("strategy", "chosen"), [("horizontal", "abcabc"), ("vertical", "aabbcc")])
def test_tasks_are_spread_or_packed(strategy: str, chosen: str) -> None:
    assert "".join(chosen_by(strategy, 6)) == chosen


def test_what_asks_for_resources_is_packed_as_far_as_there_is_room() -> None:
    inventory = Inventory(nodes=tuple(Node(name=name, slots=9, cpus=3) for name in "ab"))
    asked = {"resources": {"cpu": 1}}
    assert "".join(chosen_by("vertical", 4, inventory, **asked)) == "aaab"


def test_a_task_with_a_maximum_takes_the_nodes_with_the_least_weight() -> None:
    weights = {"a": 0.5, "b": 0.0, "c": -0.5}
    weighed = Inventory(nodes=tuple(Node(name=name, weight=weights[name]) for name in weights))
    task = Task(one, "maximum", maximum=2)
    assert placed(task, weighed)[0][:2] == ["c", "b"]


def test_a_weight_that_is_no_number_is_told() -> None:
    wrong = Inventory(nodes=(Node(name="a", weight=float("nan")),))
    assert "SW307" in codes(Task(one), wrong)
