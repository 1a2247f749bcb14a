"""Resources, labels and GPUs: which nodes they leave, and what is said if they leave too few."""

from __future__ import annotations

from typing import Any

import pytest

from swarmdsl.dsl import Inventory, Module, Node, Task, module
from swarmdsl.light import Daemon, Local, on
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.resources import Resources
from tests.unit.compiler.building import codes, compiled, topology

GIB = 1024**3
MIXED = Inventory(
    nodes=(
        Node(name="big", slots=8, memory="64GiB", labels={"zone": "a"}),
        Node(name="gpu", slots=4, memory="16GiB", gpus=2, labels={"zone": "b", "disk": "ssd"}),
        Node(name="small", slots=1, cpus=0.5, memory="2GB", labels={"zone": "b"}),
    )
)


def one() -> int:
    return 1


def square(number: int) -> int:
    return number**2


def where(number: int, local: Local) -> str:
    return f"{local.node}{number}"


@module(resources={"cpu": 2, "memory": "4Gi"})
def train() -> int:
    return 1


@module(datasets=["digits"])
def look() -> int:
    return 1


class Holder(Daemon):
    @on
    def take(self, value: int) -> None:
        pass


def nodes_of(task: Task, inventory: Inventory = MIXED) -> list[str]:
    return [node_of(daemon) for daemon in topology(task, inventory).tasks[0].candidates]


def messages(task: Task, inventory: Inventory = MIXED) -> list[str]:
    return [f"{one.code}: {one.message}" for one in compiled(task, inventory).diagnostics]


def hints(task: Task, inventory: Inventory = MIXED) -> list[str]:
    return [one.hint for one in compiled(task, inventory).diagnostics]


# ---------------------------------------------------------------------------------- eligibility


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({"resources": {"cpu": 0.5}}, ["big", "gpu", "small"]),
        ({"resources": {"cpu": 1}}, ["big", "gpu"]),
        ({"resources": {"memory": "2GB"}}, ["big", "gpu", "small"]),
        ({"resources": {"memory": "2GiB"}}, ["big", "gpu"]),
        ({"resources": {"memory": 17 * GIB}}, ["big"]),
        ({"resources": {"gpu": 2}}, ["gpu"]),
        ({"resources": {"cpu": 0, "memory": 0, "gpu": 0}}, ["big", "gpu", "small"]),
        ({"gpu": True}, ["gpu"]),
        ({"labels": {"zone": "b"}}, ["gpu", "small"]),
        ({"labels": {"zone": "b", "disk": "ssd"}}, ["gpu"]),
    ],
)
def test_only_nodes_that_have_it_run_the_task(options: dict[str, Any], left: list[str]) -> None:
    assert nodes_of(Task(one, **options)) == left


def test_what_a_module_asks_for_is_overridden_by_the_task_key_by_key() -> None:
    asked = topology(Task(train, resources={"memory": "8GiB"}), MIXED).tasks[0].resources
    assert asked == Resources(cpu=2, memory=8 * GIB)


def test_gpu_flag_asks_for_one_and_more_stay_more() -> None:
    assert topology(Task(one, gpu=True), MIXED).tasks[0].resources.gpu == 1
    several = Task(one, gpu=True, resources={"gpu": 2})
    assert topology(several, MIXED).tasks[0].resources.gpu == 2


def test_topology_says_what_was_asked_for() -> None:
    [task] = topology(Task(one, labels={"zone": "b", "disk": "ssd"}), MIXED).tasks
    assert list(task.labels.items()) == [("disk", "ssd"), ("zone", "b")]
    assert task.resources == Resources()


# ---------------------------------------------------------------------------------------- load


def test_what_is_placed_counts_as_the_largest_share_of_its_node() -> None:
    pair = Inventory(nodes=(Node(name="a", slots=4, gpus=4), Node(name="b", slots=4, gpus=2)))
    tasks = [Task(one, "any", alias=f"t{i}", gpu=True) for i in range(3)]
    found = topology(tasks, pair).tasks
    assert [node_of(task.candidates[0]) for task in found] == ["a", "b", "a"]


def test_node_without_room_comes_last_however_idle_it_is() -> None:
    pair = Inventory(nodes=(Node(name="a", slots=9, cpus=4), Node(name="b", slots=1, cpus=4)))
    tasks = [
        Task(one, "any", alias="first", resources={"cpu": 3}),
        Task(one, "any", alias="filler", specified_ids=["b"]),
        Task(one, "any", alias="second", resources={"cpu": 2}),
    ]
    found = {task.alias: node_of(task.candidates[0]) for task in topology(tasks, pair).tasks}
    assert found == {"first": "a", "filler": "b", "second": "b"}


# ------------------------------------------------------------------------------------- findings


@pytest.mark.parametrize(
    "wrong",
    [
        {"cpus": 2},
        {"cpu": -1},
        {"cpu": "2"},
        {"cpu": True},
        {"cpu": float("nan")},
        {"cpu": float("inf")},
        {"memory": "4 gigs"},
        {"memory": "4gb"},
        {"memory": -1},
        {"memory": 1.5},
        {"memory": True},
        {"memory": None},
        {"memory": 256},
        {"memory": "1023Ki"},
        {"gpu": 0.5},
        {"gpu": -1},
        {"gpu": True},
        {2: 2},
        ["cpu"],
        "cpu",
        4,
    ],
)
def test_malformed_resources_are_one_finding(wrong: Any) -> None:
    assert codes(Task(one, resources=wrong), MIXED) == ["SW308"]
    assert codes(Task(Module(one, resources=wrong)), MIXED) == ["SW308"]


@pytest.mark.parametrize(
    "options",
    [
        {"gpu": 1},
        {"gpu": "yes"},
        {"gpu": None},
        {"labels": "zone"},
        {"labels": {"zone": 1}},
        {"labels": {1: "zone"}},
        {"labels": ["zone"]},
    ],
)
def test_malformed_gpu_or_labels_are_one_finding(options: dict[str, Any]) -> None:
    assert codes(Task(one, **options), MIXED) == ["SW305"]


def test_module_of_several_tasks_is_refused_once() -> None:
    shared = Module(one, resources={"cpus": 2})
    assert codes([Task(shared, alias="a"), Task(shared, alias="b")], MIXED) == ["SW308"]


def test_more_than_any_node_has_names_the_best() -> None:
    assert messages(Task(one, resources={"cpu": 9, "gpu": 3})) == [
        "SW309: one asks for cpu 9, and the most that a node has is cpu 8 (big)",
        "SW309: one asks for gpu 3, and the most that a node has is gpu 2 (gpu)",
    ]


def test_fixed_task_that_no_node_can_host_is_one_finding() -> None:
    task = Task(one, "fixed", specified_ids=["big", "small"], resources={"cpu": 9})
    assert codes(task, MIXED) == ["SW309"]


def test_fixed_task_is_told_what_its_node_lacks() -> None:
    task = Task(one, "fixed", specified_ids=["big"], gpu=True, labels={"zone": "b"})
    assert messages(task) == [
        "SW304: one is fixed to node 'big', which does not have gpu 1, label zone='b'"
    ]


def test_emptied_nodes_name_the_request_that_emptied_them() -> None:
    task = Task(one, gpu=True, labels={"zone": "a"})
    assert messages(task) == [
        "SW301: no node can run one: the node that is left by then lacks label zone='a'"
    ]


@pytest.mark.parametrize(
    ("task", "hint"),
    [
        (Task(one, labels={"zon": "a"}), "did you mean 'zone'?"),
        (Task(one, labels={"disk": "sdd"}), "did you mean 'ssd'?"),
        (Task(one, specified_ids=["bigg"]), "did you mean 'big'?"),
    ],
)
def test_near_miss_is_named(task: Task, hint: str) -> None:
    assert codes(task, MIXED) == ["SW301"]
    assert hints(task) == [hint]


def test_near_miss_of_a_dataset_is_named() -> None:
    inventory = Inventory(nodes=(Node(name="a", datasets={"digit": "/d"}),))
    assert hints(Task(look), inventory) == ["did you mean 'digit'?"]


def test_empty_inventory_is_one_finding_whatever_is_asked_for() -> None:
    assert codes(Task(one, gpu=True), Inventory(nodes=())) == ["SW301"]


def test_pair_with_a_task_that_no_node_can_run_is_one_finding() -> None:
    task = Task(square)(Task(one, gpu=True), policy="pair")
    assert codes(task, Inventory(nodes=(Node(name="a"), Node(name="b")))) == ["SW310"]


@pytest.mark.parametrize(
    ("maximum", "found"),
    [(2, []), (3, ["SW311"]), (0.9, []), (-1, [])],
)
def test_maximum_that_requests_keep_out_of_reach_is_told(maximum: float, found: list[str]) -> None:
    method = "all" if maximum == -1 else "maximum"
    assert codes(Task(one, method, maximum=maximum, resources={"cpu": 1}), MIXED) == found


def test_maximum_beyond_a_small_inventory_is_no_finding() -> None:
    assert codes(Task(one, "maximum", maximum=100), MIXED) == []


def test_unstated_memory_is_enough_and_told() -> None:
    silent = Inventory(nodes=(Node(name="a"), Node(name="b"), Node(name="c", memory=1)))
    task = Task(one, resources={"memory": "4GiB"})
    assert nodes_of(task, silent) == ["a", "b"]
    assert messages(task, silent) == [
        "SW315: one asks for memory 4GiB, and a and 1 more do not state any: it is not compared"
    ]


def test_daemons_are_summed_over_their_instances() -> None:
    def swarm(number: int) -> list[Task]:
        source = Task(one, "any")
        return [
            Task(Holder, alias=f"h{i}", method="any", resources={"memory": "40GiB"})(source)
            for i in range(number)
        ]

    assert codes(swarm(1), MIXED) == []
    assert codes(swarm(2), MIXED) == ["SW313"]
    assert codes(swarm(3), MIXED) == ["SW312"]


def test_tasks_that_take_turns_are_no_crowd() -> None:
    one_gpu = Inventory(nodes=(Node(name="a", slots=2, gpus=1),))
    chain = Task(square, "any", gpu=True)(Task(one, "any", gpu=True))
    assert codes(chain, one_gpu) == []
    few = Inventory(nodes=(Node(name="a", slots=1, gpus=1),))
    assert codes([Task(one, "any", alias=f"t{i}", gpu=True) for i in range(5)], few) == []


def test_crowd_beside_daemons_is_told_with_its_node() -> None:
    one_gpu = Inventory(nodes=(Node(name="a", slots=2, gpus=1),))
    held = Task(Holder, "any", gpu=True)(Task(one, "any", gpu=True))
    [found] = messages(held, one_gpu)
    assert found.startswith("SW313: Holder, one may run at once on node 'a' and ask for gpu 2 ")
    assert found.endswith("together, and it has gpu 1")


# --------------------------------------------------------------------------------- the same work


def test_inputs_on_every_node_are_told_as_the_same_work() -> None:
    assert codes(Task(square, "all", inputs={"number": 2}), MIXED) == ["SW314"]


@pytest.mark.parametrize(
    "task",
    [
        Task(square, inputs={"number": 2}),
        Task(square, "any", inputs={"number": 2}),
        Task(where, "all", inputs={"number": 2}),
        Task(square, "all", inputs={"number": 2}, specified_ids=["big"]),
        Task(one, "all", inputs={}),
    ],
)
def test_work_that_may_differ_is_not(task: Task) -> None:
    assert codes(task, MIXED) == []
