from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.topology.expand import (
    daemon_name,
    expand_daemons,
    expand_instances,
    fed_daemons,
    instance_name,
    node_of,
    siblings_of,
)
from swarmdsl.topology.integrity import problems_of
from swarmdsl.topology.model import DaemonGroup, Limits, LinkSpec, Topology
from tests.handmade import chain
from tests.unit.topology.test_codec import EXAMPLE

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,10}", fullmatch=True)


@given(NAMES, NAMES, st.integers(0, 99))
def test_node_is_found_in_every_name(group: str, node: str, replica: int) -> None:
    daemon = daemon_name(group, node, replica)
    assert node_of(daemon) == node_of(instance_name(group, daemon)) == node


def test_daemons_come_in_group_node_and_replica_order() -> None:
    groups = (
        DaemonGroup(name="worker", kind="worker", nodes=("b", "a"), per_node=(2, 1)),
        DaemonGroup(name="sum", kind="daemon", nodes=("a",), per_node=(1,)),
    )
    names = [daemon.name for daemon in expand_daemons(replace(EXAMPLE, groups=groups))]
    assert names == ["worker@b#0", "worker@b#1", "worker@a#0", "sum@a#0"]


def test_instance_knows_its_position() -> None:
    (instance,) = expand_instances(EXAMPLE)
    assert (instance.name, instance.task, instance.candidate) == ("one@node1#0", 0, 0)
    assert (instance.daemon, instance.node) == ("worker@node1#0", "node1")


def test_only_daemons_that_another_task_feeds_are_fed() -> None:
    assert fed_daemons(chain()) == {"double@n2#0", "worker@n2#0"}
    back = [replace(one, loop=True) for one in chain().links]
    assert fed_daemons(replace(chain(), links=tuple(back))) == frozenset()


def crowded(limits: Limits | None = None) -> Topology:
    """Two workers on the first node, one on the second, and a daemon module there."""
    groups = (
        DaemonGroup(name="worker", kind="worker", nodes=("a", "b"), per_node=(2, 1)),
        DaemonGroup(name="sum", kind="daemon", nodes=("b",), per_node=(2,)),
    )
    return replace(EXAMPLE, groups=groups, tasks=(), links=(), limits=limits or Limits())


def test_siblings_are_the_other_workers_of_a_node() -> None:
    names = ["worker@a#0", "worker@a#1", "worker@b#0", "sum@b#0", "stranger@a#0"]
    assert [siblings_of(crowded(), name) for name in names] == [
        ("worker@a#1",),
        ("worker@a#0",),
        (),
        (),
        (),
    ]


def test_who_may_be_asked_for_work_is_dialled_too() -> None:
    assert fed_daemons(crowded()) == {"worker@a#0", "worker@a#1"}


def test_where_nothing_is_stolen_nobody_has_siblings() -> None:
    kept = crowded(Limits(steal_after_s=0.0))
    assert siblings_of(kept, "worker@a#0") == ()
    assert fed_daemons(kept) == frozenset()


def test_sound_topology_has_no_problems() -> None:
    assert problems_of(EXAMPLE) == []


def test_every_broken_reference_is_told() -> None:
    control = LinkSpec(source="one", destination=RUN_TWICE, port="x", gather=False, type=None)
    groups = (DaemonGroup(name="worker", kind="worker", nodes=("gone",), per_node=(1, 2)),)
    broken = replace(EXAMPLE, links=(control,), groups=groups, tasks=EXAMPLE.tasks * 2)
    assert problems_of(broken) == [
        "tasks: 'one' is there 2 times",
        "groups[0].per_node: 2 numbers for 1 nodes",
        "groups[0].nodes: there is no node 'gone'",
        "links[0].destination: there is no task 'run run'",
        "links[0]: port and type are both given, or (for a control link) neither",
    ]


RUN_TWICE = "run run"
