from __future__ import annotations

from typing import Any

import pytest

from swarmdsl import Driver
from swarmdsl.compiler import Compilation, compile_swarm
from swarmdsl.dsl import Swarm, Task
from swarmdsl.errors import TopologyError
from swarmdsl.topology.codec import from_toml, to_toml
from swarmdsl.topology.model import NetworkSpec
from tests.unit.compiler.building import TWO


def train() -> int:
    return 1


def networked(*networks: tuple[Any, ...], asked: Any = None) -> Compilation:
    class Example(Swarm):
        def __init__(self) -> None:
            for one in networks:
                self.add_network(*one)

        def execute(self) -> Task:
            return Task(train, network=asked)

    return compile_swarm(Example(), TWO)


def codes(found: Compilation) -> list[str]:
    return [one.code for one in found.diagnostics]


def test_network_of_a_task_is_in_the_topology_with_its_driver() -> None:
    found = networked(("backend", Driver.BRIDGE), asked="backend").require()
    assert found.networks == (NetworkSpec(name="backend", driver="bridge"),)
    assert [task.network for task in found.tasks] == ["backend"]


@pytest.mark.parametrize("name", ["host", "bridge", "overlay"])
def test_name_of_a_driver_is_a_network_without_being_declared(name: Any) -> None:
    found = networked(asked=name)
    assert codes(found) == ["SW455"]
    assert found.require().networks == (NetworkSpec(name=name, driver=name),)


def test_driver_is_overlay_unless_it_is_given_and_may_be_given_by_name() -> None:
    assert networked(("a",), asked="a").require().networks[0].driver == "overlay"
    assert networked(("a", "host"), asked="a").require().networks[0].driver == "host"


def test_network_that_nobody_asks_for_is_left_out_of_the_topology() -> None:
    found = networked(("backend",))
    assert codes(found) == ["SW453"]
    assert found.require().networks == ()


def test_document_without_networks_does_not_mention_them() -> None:
    assert "network =" not in to_toml(networked().require())
    assert "networks" not in to_toml(networked().require()).replace("test_networks", "")


def test_topology_with_networks_survives_its_own_document() -> None:
    made = networked(("backend", Driver.BRIDGE), asked="backend").require()
    assert from_toml(to_toml(made)) == made


def test_document_whose_task_asks_for_an_unknown_network_is_refused() -> None:
    text = to_toml(networked(("backend",), asked="backend").require())
    broken = text.replace('network = "backend"', 'network = "frontend"')
    with pytest.raises(TopologyError, match=r"tasks\[0\].network: there is no network 'frontend'"):
        from_toml(broken)


@pytest.mark.parametrize(
    ("networks", "asked", "expected"),
    [
        ((), "backend", ["SW451"]),
        ((("backend",), ("backend",)), "backend", ["SW452"]),
        ((("backend",), ("backend",)), None, ["SW452"]),
        ((("overlay", Driver.BRIDGE),), "overlay", ["SW452"]),
        ((("overlay", Driver.OVERLAY),), "overlay", ["SW455"]),
        (((5,),), None, ["SW454"]),
        ((("a b",),), None, ["SW454"]),
        ((("backend", "vxlan"),), "backend", ["SW454"]),
        ((("backend", 5),), None, ["SW454"]),
        ((), 5, ["SW454"]),
        ((), Driver.BRIDGE, ["SW454"]),
    ],
)
def test_each_mistake_is_one_finding(
    networks: tuple[tuple[Any, ...], ...], asked: Any, expected: list[str]
) -> None:
    assert codes(networked(*networks, asked=asked)) == expected


def test_misspelt_network_is_told_the_nearest() -> None:
    [found] = networked(("backend",), asked="backand").diagnostics[:1]
    assert (found.code, found.hint) == ("SW451", "did you mean 'backend'?")


def test_network_on_which_only_a_left_out_task_is_counts_as_used() -> None:
    class Example(Swarm):
        def __init__(self) -> None:
            self.add_network("backend")

        def execute(self) -> Task:
            Task(train, network="backend")
            return Task(train)

    assert codes(compile_swarm(Example(), TWO)) == ["SW108"]


def test_swarm_that_adds_its_networks_in_execute_can_be_compiled_twice() -> None:
    class Example(Swarm):
        def execute(self) -> Task:
            self.add_network("backend")
            return Task(train, network="backend")

    swarm = Example()
    first, second = compile_swarm(swarm, TWO), compile_swarm(swarm, TWO)
    assert codes(first) == codes(second) == ["SW455"]
    assert first.topology == second.topology
