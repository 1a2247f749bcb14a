"""The thread that looks at a Docker Swarm, over a client that a test speaks for."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import pytest

from swarmdsl.deploy.engines.docker_cluster import Cluster
from swarmdsl.deploy.engines.docker_swarm_client import (
    ClusterNode,
    ServiceSpec,
    SwarmClient,
    TaskState,
    nodes_shown,
)

PATIENCE_MS = 10_000
READY = {"State": "ready", "Addr": "10.0.0.1"}
ANY_SERVICE = cast("ServiceSpec", None)


def shown(**of: Any) -> dict[str, Any]:
    """A node as Docker's API shows it."""
    there = {"Description": {"Hostname": "n1"}, "Spec": {"Availability": "active"}}
    return {"ID": "a", "Status": READY, **there, **of}


class Answers:
    """A client that says of the nodes what a test says."""

    def __init__(self, nodes: Callable[[], list[ClusterNode]]) -> None:
        self.nodes = nodes

    def make_service(self, spec: ServiceSpec) -> None:
        """There is one now: from then on the cluster is looked at."""

    def tasks(self, run: str, nodes: Sequence[ClusterNode]) -> list[TaskState]:
        """No task has begun."""
        return []


class Watched:
    """A cluster that is looked at, and the descriptor that it rings."""

    def __init__(self, nodes: Callable[[], list[ClusterNode]]) -> None:
        self.heard, self._told = os.pipe()
        client = cast("SwarmClient", Answers(nodes))
        self.cluster = Cluster(client, "run", frozenset({"n1"}), frozenset({"n1"}), self._told)
        self.cluster.make(ANY_SERVICE)

    def until_rung(self) -> None:
        bell = select.poll()
        bell.register(self.heard, select.POLLIN)
        assert bell.poll(PATIENCE_MS), "it has rung"

    def close(self) -> None:
        self.cluster.close()
        for descriptor in (self.heard, self._told):
            os.close(descriptor)


@pytest.fixture
def watched() -> Iterator[Callable[[Callable[[], list[ClusterNode]]], Watched]]:
    made: list[Watched] = []

    def watch(nodes: Callable[[], list[ClusterNode]]) -> Watched:
        made.append(Watched(nodes))
        return made[-1]

    yield watch
    for one in made:
        one.close()


Watch = Callable[[Callable[[], list[ClusterNode]]], Watched]


def test_a_node_is_there_when_it_is_ready(watched: Watch) -> None:
    one = watched(lambda: nodes_shown([shown()]))
    one.until_rung()
    assert one.cluster.absent == frozenset()
    assert one.cluster.take_news() == []


def test_a_node_that_is_joining_is_not_there_until_it_has_said_its_name() -> None:
    joining = shown(Description={}, Status={"State": "unknown"})
    assert nodes_shown([joining, shown()]) == nodes_shown([shown()])
    assert nodes_shown([shown(Description=None)]) == []


def test_what_ends_the_thread_is_told_to_who_asks_for_news(watched: Watch) -> None:
    def break_down() -> list[ClusterNode]:
        raise KeyError("Hostname")

    one = watched(break_down)
    one.until_rung()
    with pytest.raises(KeyError, match="Hostname"):
        one.cluster.take_news()
