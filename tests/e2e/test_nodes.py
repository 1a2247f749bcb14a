"""The nodes of the tests are nodes of a Docker Swarm, and fail and come back as such do."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.api import inventory_of
from swarmdsl.cli import main
from swarmdsl.deploy.clusters import members_of
from tests.nodes import Nodes, three_nodes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PATIENCE_S = 60.0


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    with three_nodes() as made:
        yield made


def states(nodes: Nodes) -> dict[str, str]:
    listed = nodes.docker("node", "ls", "--format", "{{.Hostname}} {{.Status}}")
    return dict(line.split() for line in listed.splitlines())


def wait_for(nodes: Nodes, node: str, state: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while states(nodes)[node] != state:
        assert time.monotonic() < deadline_s, f"{node} is not {state}"
        signal.sigtimedwait([], 0.1)


def test_a_node_that_is_killed_is_down_and_ready_when_it_is_started_again(nodes: Nodes) -> None:
    nodes.kill(2)
    wait_for(nodes, "node2", "Down")
    nodes.restart(2)
    assert states(nodes) == {"node1": "Ready", "node2": "Ready", "node3": "Ready"}


def test_a_node_without_a_cable_is_down_until_it_is_plugged_in_again(nodes: Nodes) -> None:
    nodes.isolate(3)
    wait_for(nodes, "node3", "Down")
    nodes.rejoin(3)
    wait_for(nodes, "node3", "Ready")


def test_what_the_manager_knows_of_its_nodes_is_an_inventory(
    nodes: Nodes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    labels = ("zone=b", "swarmdsl.weight=-0.5", "swarmdsl.slots=3")
    for label in labels:
        nodes.docker("node", "update", "--label-add", label, "node2")
    nodes.docker("node", "update", "--availability", "drain", "node3")

    states = [(one.node.name, one.state) for one in members_of("docker-swarm", nodes.variables)]
    assert states == [("node1", "ready"), ("node2", "ready"), ("node3", "drain")]

    for name, value in nodes.variables.items():
        monkeypatch.setenv(name, value)
    known = inventory_of("docker-swarm")
    first, second = known.nodes
    assert (first.name, first.host, second.host) == ("node1", "10.77.0.1", "10.77.0.2")
    assert (second.slots, second.weight, second.labels) == (3, -0.5, {"zone": "b"})
    assert (first.memory_bytes or 0) > 2**28

    written = tmp_path / "nodes.toml"
    command = ["nodes", "--engine", "docker-swarm", "--format", "toml"]
    assert main(command, nodes.variables) == 0
    written.write_text(capsys.readouterr().out, "utf-8")
    assert inventory_of(written) == known


def test_the_next_test_has_the_three_nodes_as_they_were_made(nodes: Nodes) -> None:
    nodes.docker("node", "update", "--label-add", "kind=old", "--availability", "drain", "node2")
    nodes.join(4)
    assert states(nodes)["node4"] == "Ready"


def test_a_container_of_any_node_reaches_this_machine(nodes: Nodes) -> None:
    listed = nodes.docker("node", "inspect", "node2", "--format", "{{.Spec.Labels}}")
    assert listed.strip() == "map[]"
    assert list(states(nodes)) == ["node1", "node2", "node3"]
    host, port = nodes.registry.partition("/")[0].split(":")
    there = f"import socket; socket.create_connection(({host!r}, {port}), 5)"
    run = ("--mode=global-job", "--name=knocks", "--quiet", "--detach")
    image = f"{host}:{port}/{nodes.base_image}"
    nodes.docker("service", "create", *run, image, "python3", "-c", there)
    try:
        wait_until_each_node_has_completed(nodes, "knocks")
    finally:
        nodes.docker("service", "rm", "knocks")


def wait_until_each_node_has_completed(nodes: Nodes, job: str) -> None:
    said = (
        "service",
        "ps",
        job,
        "--no-trunc",
        "--format",
        "{{.Node}} {{.CurrentState}} {{.Error}}",
    )
    deadline_s = time.monotonic() + PATIENCE_S
    while completed_in(tasks := nodes.docker(*said)) != {"node1", "node2", "node3"}:
        assert time.monotonic() < deadline_s, f"not every node has completed {job}:\n{tasks}"
        signal.sigtimedwait([], 0.1)


def completed_in(tasks: str) -> set[str]:
    words = map(str.split, tasks.splitlines())
    return {node for node, state, *_ in words if state == "Complete"}
