"""The nodes of a Docker Swarm, out of what its API shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from swarmdsl.deploy.clusters import Member, ready_nodes
from swarmdsl.deploy.engines.docker_swarm_nodes import KNOWN, members_shown
from swarmdsl.errors import InventoryError
from swarmdsl.topology.inventory import Node
from tests.conftest import GOLDEN_FOLDER

SHOWN: list[dict[str, Any]] = json.loads(
    (GOLDEN_FOLDER / "nodes/docker-swarm.json").read_text("utf-8")
)


def shown(name: str = "n1", **labels: str) -> dict[str, Any]:
    """A node that is ready, with labels of ours."""
    said = {f"swarmdsl.{key}": value for key, value in labels.items()}
    return {
        "Spec": {"Availability": "active", "Labels": said},
        "Description": {"Hostname": name, "Resources": {"NanoCPUs": 2 * 10**9}},
        "Status": {"State": "ready", "Addr": "10.0.0.1"},
    }


def test_what_an_api_shows_is_what_nodes_have(golden: Callable[[str, str], None]) -> None:
    members = members_shown(SHOWN)
    golden("nodes/docker-swarm.txt", "".join(f"{one.state}: {one.node}\n" for one in members))


def test_an_inventory_has_those_that_take_work() -> None:
    assert [node.name for node in ready_nodes("it", members_shown(SHOWN))] == ["boss", "gpu1"]


def test_a_cluster_without_a_ready_node_says_how_they_are() -> None:
    idle = [one for one in members_shown(SHOWN) if one.state != "ready"]
    with pytest.raises(InventoryError, match=r"^it: no node is ready: dead \(down\), resting \(dr"):
        ready_nodes("it", idle)
    with pytest.raises(InventoryError, match="there is none"):
        ready_nodes("it", [])


def test_a_name_is_told_that_two_ready_nodes_have() -> None:
    twice = members_shown([shown("n1"), shown("n1"), shown("n2")])
    with pytest.raises(InventoryError, match="several nodes are named 'n1'"):
        ready_nodes("it", twice)
    gone = Member(node=Node(name="n1"), state="down")
    assert len(ready_nodes("it", [gone, *members_shown([shown("n1")])])) == 1


def test_every_label_that_cannot_be_read_is_told() -> None:
    wrong = [shown("n1", slots="many"), shown("n2", weight="inf"), shown("n3", wieght="1")]
    with pytest.raises(InventoryError) as raised:
        members_shown(wrong)
    assert raised.value.problems == (
        "node n1 has the label swarmdsl.slots='many', not a whole number from 1 to 4096",
        "node n2 has the label swarmdsl.weight='inf', not a number, as in 0.5 or -1",
        f"node n3 has the label swarmdsl.wieght, which means nothing; {KNOWN} do",
    )


@pytest.mark.parametrize("slots", ["0", "4097", "-1", "1.5"])
def test_a_number_of_slots_that_no_node_has_is_told(slots: str) -> None:
    with pytest.raises(InventoryError, match="not a whole number from 1 to 4096"):
        members_shown([shown(slots=slots)])


def test_a_host_name_that_no_node_can_have_is_told() -> None:
    with pytest.raises(InventoryError, match="the host name '' is no name of a node"):
        members_shown([{}])


def test_gpus_are_counted_however_they_are_announced() -> None:
    announced = shown()
    announced["Description"]["Resources"]["GenericResources"] = [
        {"DiscreteResourceSpec": {"Kind": "gpu", "Value": 2}},
        {"NamedResourceSpec": {"Kind": "AMD-GPU", "Value": "a1"}},
    ]
    assert members_shown([announced])[0].node.gpus == 3
