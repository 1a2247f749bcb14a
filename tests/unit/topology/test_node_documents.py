from __future__ import annotations

from swarmdsl.topology.codec import from_toml, to_json, to_toml, topology_hash
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import DaemonGroup, TaskSpec, Topology
from swarmdsl.topology.resources import Resources


def document(node: Node, task: TaskSpec) -> Topology:
    return Topology(name="x", nodes=(node,), modules=(), groups=(), tasks=(task,), links=())


PLAIN = TaskSpec(alias="t", module="m", method="any", candidates=(), count=1)


def test_what_nobody_asked_for_is_not_in_the_document() -> None:
    text = to_json(document(Node(name="a"), PLAIN))
    words = ("cpus", "memory", "gpus", "labels", "resources", "host")
    assert not any(word in text for word in words)


def test_group_says_only_what_somebody_wrote() -> None:
    silent = DaemonGroup(name="g", kind="daemon", nodes=("a",), per_node=(1,))
    swarm = Topology(
        name="x", nodes=(Node(name="a"),), modules=(), groups=(silent,), tasks=(), links=()
    )
    assert '"groups":[{"kind":"daemon","name":"g","nodes":["a"],"per_node":[1]}]' in to_json(swarm)


def test_whole_processors_are_said_one_way() -> None:
    node = Node(name="a", cpus=2, memory=1000, gpus=1, labels={"zone": "a"})
    task = TaskSpec(
        alias="t",
        module="m",
        method="any",
        candidates=(),
        count=1,
        resources=Resources(cpu=1, memory=10),
        labels={"zone": "a"},
    )
    swarm = Topology(name="x", nodes=(node,), modules=(), groups=(), tasks=(), links=())
    assert topology_hash(from_toml(to_toml(swarm))) == topology_hash(swarm)
    text = to_toml(document(node, task))
    assert "cpus = 2.0" in text
    assert "cpu = 1.0" in text
