from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from swarmdsl.topology.difference import differences
from swarmdsl.topology.integrity import problems_of
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.listening import listeners
from swarmdsl.topology.model import DaemonGroup, Topology
from swarmdsl.topology.plan import plan
from tests.handmade import task, topology

LST1, LST2 = Node(name="n1", host="lst1"), Node(name="n2", host="lst2")


def group(name: str, *nodes: str, port: int | None = 3391, replicas: int = 1) -> DaemonGroup:
    return DaemonGroup(
        name=name,
        kind="daemon",
        nodes=nodes,
        per_node=(replicas,) * len(nodes),
        receiving_port=port,
    )


def of(*groups: DaemonGroup, nodes: Sequence[Node] = (LST1, LST2)) -> Topology:
    return Topology(name="x", nodes=tuple(nodes), modules=(), groups=groups, tasks=(), links=())


def test_a_daemon_listens_on_the_host_of_its_node() -> None:
    found = listeners(of(group("a", "n1", "n2"), group("b", "n1", port=None)))
    assert [(one.daemon, one.host, one.port) for one in found] == [
        ("a@n1#0", "lst1", 3391),
        ("a@n2#0", "lst2", 3391),
    ]


def test_one_port_on_two_hosts_is_two_places() -> None:
    assert problems_of(of(group("a", "n1", "n2"))) == []
    assert problems_of(of(group("a", "n1"), group("b", "n2"))) == []
    assert problems_of(of(group("a", "n1"), group("b", "n1", port=3392))) == []


def test_two_groups_that_meet_on_many_hosts_are_one_problem() -> None:
    [found] = problems_of(of(group("a", "n1", "n2"), group("b", "n1", "n2")))
    assert found == (
        "groups[1].receiving_port: is 3391 for b@n1#0, and a@n1#0 has it too, at "
        "groups[0].receiving_port; both are on host 'lst1', so give one of them another"
    )


def test_nodes_of_one_host_share_its_ports_however_it_is_spelt() -> None:
    nodes = [Node(name="n1"), Node(name="n2", host="127.0.0.1")]
    [found] = problems_of(of(group("a", "n1", "n2"), nodes=nodes))
    assert "is 3391 for a@n2#0, and a@n1#0 has it too; both are on host 'localhost'" in found


def test_several_daemons_of_one_node_cannot_have_one_port() -> None:
    [found] = problems_of(of(group("a", "n1", replicas=3)))
    assert "is 3391 for a@n1#1, and a@n1#0 has it too" in found


def test_a_host_where_a_node_is_meant_is_told_with_the_node() -> None:
    assert problems_of(of(group("a", "LST1"))) == [
        "groups[0].nodes: there is no node 'LST1'; it is the host of 'n1'"
    ]


def test_what_is_wrong_with_a_host_is_told_without_its_ports() -> None:
    nodes = [Node(name="n1", host="a b"), Node(name="n2", host="a b")]
    found = problems_of(of(group("a", "n1", "n2"), nodes=nodes))
    assert [one.partition(":")[0] for one in found] == ["nodes[0].host", "nodes[1].host"]


def test_the_plan_says_where_a_daemon_listens() -> None:
    made = topology([task("keeper", "daemon", ("n1", "n2"))])
    assert "listens" not in plan(made)
    [daemons] = made.groups
    ported = replace(made, groups=(replace(daemons, receiving_port=3391),), nodes=(LST1, LST2))
    assert "  listens at port 3391 of lst1, port 3391 of lst2\n" in plan(ported)


def test_a_port_that_changed_is_told_even_where_daemons_came_too() -> None:
    before, after = of(group("a", "n1")), of(group("a", "n1", "n2", port=3392))
    told = [(one.what, one.name, one.field) for one in differences(before, after)]
    assert told == [("daemon", "a@n2#0", None), ("group", "a", "receiving_port")]
