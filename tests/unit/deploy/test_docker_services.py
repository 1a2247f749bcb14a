"""Which services a Docker Swarm is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmdsl.deploy.engines.docker_services import ServicePlan, services_of
from swarmdsl.deploy.engines.docker_swarm_site import require_overlays
from swarmdsl.deploy.networks import Joining
from swarmdsl.errors import EngineError
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import NetworkSpec, Topology
from swarmdsl.topology.resources import Resources
from tests.handmade import task, topology

NODES = ("n1", "n2", "n3")


def plans(
    swarm: Topology,
    cluster: tuple[str, ...] = NODES,
    limits: dict[str, Resources] | None = None,
    datasets: dict[str, dict[str, str]] | None = None,
    images: dict[str, str] | None = None,
    joined: dict[str, tuple[str, ...]] | None = None,
) -> list[ServicePlan]:
    named = {daemon.name: "image" for daemon in expand_daemons(swarm)} | (images or {})
    return services_of(swarm, named, limits or {}, datasets or {}, cluster, joined or {})


def everywhere() -> Topology:
    return topology([task("work", nodes=NODES)])


def with_zones(swarm: Topology) -> Topology:
    zones = {"n1": "a", "n2": "b", "n3": "b"}
    nodes = tuple(replace(one, labels={"zone": zones[one.name]}) for one in swarm.nodes)
    return replace(swarm, nodes=nodes)


def asking_for(swarm: Topology, zone: str) -> Topology:
    tasks = tuple(replace(one, labels={"zone": zone}) for one in swarm.tasks)
    return replace(swarm, tasks=tasks)


def test_daemons_on_every_node_are_a_global_service() -> None:
    (plan,) = plans(everywhere())
    assert (plan.daemons, plan.nodes, plan.mode) == ("worker#0", NODES, "global")
    assert plan.constraints == ()


def test_nodes_of_the_cluster_that_the_swarm_does_not_use_are_left_out() -> None:
    (plan,) = plans(everywhere(), cluster=(*NODES, "n4"))
    assert plan.constraints == ("node.hostname!=n4",)


def test_daemons_on_the_nodes_with_a_label_are_a_global_service_of_that_label() -> None:
    swarm = topology([task("work", nodes=("n2", "n3"))])
    swarm = replace(swarm, nodes=tuple(Node(name=name) for name in NODES))
    (plan,) = plans(asking_for(with_zones(swarm), "b"))
    assert (plan.mode, plan.constraints) == ("global", ("node.labels.zone==b",))


def test_daemons_on_some_nodes_are_replicas_that_no_other_node_may_have() -> None:
    swarm = topology([task("work", nodes=("n1", "n3"))])
    swarm = replace(swarm, nodes=tuple(Node(name=name) for name in NODES))
    (plan,) = plans(swarm)
    assert (plan.mode, plan.constraints) == ("2 replicas", ("node.hostname!=n2",))


def test_a_daemon_that_is_alone_names_its_node() -> None:
    swarm = topology([task("work", nodes=("n2",))])
    swarm = replace(swarm, nodes=tuple(Node(name=name) for name in NODES))
    (plan,) = plans(swarm)
    assert (plan.mode, plan.constraints) == ("1 replica", ("node.hostname==n2",))


def test_daemons_with_other_images_limits_or_datasets_are_services_of_their_own() -> None:
    workers = ["worker@n1#0", "worker@n2#0", "worker@n3#0"]
    found = plans(
        everywhere(),
        limits={workers[1]: Resources(memory=7)},
        datasets={workers[2]: {"/data": "/data"}},
    )
    assert [(one.nodes, one.limits.memory, dict(one.datasets)) for one in found] == [
        (("n1",), 0, {}),
        (("n2",), 7, {}),
        (("n3",), 0, {"/data": "/data"}),
    ]
    assert {one.daemons for one in found} == {"worker#0"}
    found = plans(everywhere(), images={workers[0]: "other"})
    assert [one.image for one in found] == ["other", "image"]


def test_daemons_that_join_a_network_of_the_swarm_are_a_service_of_their_own() -> None:
    found = plans(everywhere(), joined={"worker@n2#0": ("backend",)})
    assert [(one.nodes, one.networks) for one in found] == [
        (("n1", "n3"), ()),
        (("n2",), ("backend",)),
    ]


def test_only_networks_that_span_nodes_can_be_joined_in_a_cluster() -> None:
    wide, narrow = (
        NetworkSpec(name="overlay", driver="overlay"),
        NetworkSpec(name="bridge", driver="bridge"),
    )
    require_overlays(Joining(networks={"overlay": wide}))
    with pytest.raises(EngineError, match=r"these do not: 'bridge'; declare them"):
        require_overlays(Joining(networks={"overlay": wide, "bridge": narrow}))
    with pytest.raises(EngineError, match="worker@n1#0"):
        require_overlays(Joining(on_host=frozenset(["worker@n1#0"])))


def test_a_daemon_module_has_a_service_of_its_own() -> None:
    swarm = topology([task("work", nodes=NODES), task("keeps", "daemon", nodes=("n1",))])
    assert [one.daemons for one in plans(swarm)] == ["worker#0", "keeps#0"]


def test_a_service_knows_whether_its_image_is_that_of_a_module() -> None:
    spec, module = task("shout", "daemon")
    shout = spec, replace(module, kind="image", image="shout:1")
    found = {plan.daemons: plan.is_entered for plan in plans(topology([task("work"), shout]))}
    assert found == {"worker#0": False, "shout#0": True}
