"""What holds of every placement, whatever is asked for and whatever the nodes have."""

from __future__ import annotations

import math
from tempfile import gettempdir
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from swarmdsl.compiler.asked import resources_of
from swarmdsl.dsl import Inventory, Module, Node, Task
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.model import Topology
from tests.unit.compiler.building import compiled

NAMES = ("a", "b", "c", "d", "e")
ZONES = st.sampled_from(["x", "y"])
INVENTORIES = st.lists(
    st.builds(
        Node,
        name=st.sampled_from(NAMES),
        slots=st.integers(1, 4),
        cpus=st.none() | st.sampled_from([0.5, 1.0, 4.0]),
        memory=st.none() | st.integers(0, 4),
        gpus=st.integers(0, 2),
        labels=st.fixed_dictionaries({}, optional={"zone": ZONES}),
        datasets=st.fixed_dictionaries({}, optional={"digits": st.just("/d")}),
    ),
    min_size=1,
    max_size=len(NAMES),
    unique_by=lambda node: node.name,
)
WISHES = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["all", "any", "maximum"]),
        "maximum": st.integers(1, 4) | st.floats(0.01, 1.0),
        "gpu": st.booleans(),
        "resources": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "cpu": st.sampled_from([0, 0.5, 1, 3]),
                "memory": st.integers(0, 3),
                "gpu": st.integers(0, 2),
            },
        ),
        "labels": st.none() | st.fixed_dictionaries({}, optional={"zone": ZONES}),
        "excepted_ids": st.none() | st.lists(st.sampled_from(NAMES), max_size=1),
    }
)
SWARMS = st.lists(st.tuples(WISHES, st.booleans()), min_size=1, max_size=5)


def tasks(wishes: list[tuple[dict[str, Any], bool]]) -> list[Task]:
    return [
        # An installed function needs no packaging: hundreds of swarms are compiled here.
        Task(Module(gettempdir, datasets=["digits"] if data else None), alias=f"t{index}", **wish)
        for index, (wish, data) in enumerate(wishes)
    ]


def placed(wishes: list[tuple[dict[str, Any], bool]], nodes: list[Node]) -> Topology | None:
    return compiled(tasks(wishes), Inventory(nodes=tuple(nodes))).topology


@given(SWARMS, INVENTORIES)
def test_every_chosen_node_has_all_that_was_asked_for(
    wishes: list[tuple[dict[str, Any], bool]], nodes: list[Node]
) -> None:
    found = placed(wishes, nodes)
    assume(found is not None)
    assert found is not None
    known = {node.name: node for node in nodes}
    for task, spec in zip(tasks(wishes), found.tasks, strict=True):
        asked = resources_of(task, task.module)
        assert spec.resources == asked
        for daemon in spec.candidates:
            node = known[node_of(daemon)]
            assert node.name not in (task.excepted_ids or ())
            assert asked.cpu <= node.processors
            assert node.memory_bytes is None or asked.memory <= node.memory_bytes
            assert max(asked.gpu, task.gpu) <= node.gpus
            assert (task.labels or {}).items() <= dict(node.labels).items()
            assert set(task.module.datasets) <= set(node.datasets)


@given(SWARMS, INVENTORIES, st.randoms(use_true_random=False))
def test_order_of_the_inventory_does_not_matter(
    wishes: list[tuple[dict[str, Any], bool]], nodes: list[Node], chance: Any
) -> None:
    shuffled = list(nodes)
    chance.shuffle(shuffled)
    one_way, other_way = placed(wishes, nodes), placed(wishes, shuffled)
    assert (one_way is None) is (other_way is None)
    if one_way is not None and other_way is not None:
        assert one_way.tasks == other_way.tasks


@given(SWARMS, INVENTORIES)
def test_no_more_nodes_are_taken_than_declared(
    wishes: list[tuple[dict[str, Any], bool]], nodes: list[Node]
) -> None:
    found = placed(wishes, nodes)
    assume(found is not None)
    assert found is not None
    for (wish, _), spec in zip(wishes, found.tasks, strict=True):
        maximum = wish["maximum"]
        assert 1 <= spec.count <= len(spec.candidates) == len(set(spec.candidates))
        if isinstance(maximum, float):
            assert spec.count <= max(1, math.ceil(maximum * len(spec.candidates)))
        elif wish["method"] == "any":
            assert spec.count == 1
            assert len(spec.candidates) <= maximum
        else:
            assert spec.count <= maximum
