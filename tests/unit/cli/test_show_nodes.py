from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from swarmdsl.deploy import clusters
from swarmdsl.deploy.clusters import Member
from swarmdsl.topology.inventory import Node
from tests.unit.cli.command_line import CommandLine

Put = Callable[[str, str], Path]

NODES = """
    [[node]]
    name = "left"
    slots = 4
    cpus = 2.5
    memory = "64GiB"
    gpus = 1
    labels = { zone = "a", disk = "ssd" }
    datasets = { digits = "/data/digits" }
    host = "LST1.example.org"

    [[node]]
    name = "right"
"""


def test_nodes_of_a_file_are_a_table(swarm: CommandLine, put: Put) -> None:
    put("nodes.toml", NODES)
    ended = swarm("nodes", "--nodes", "nodes.toml")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "name   slots  cpus  memory      gpus  labels            datasets  host",
        "left   4      2.5   64GiB       1     disk=ssd, zone=a  digits    lst1.example.org",
        "right  1      1     not stated  0     -                 -         localhost",
    ]


def test_nodes_are_a_document_for_programs(swarm: CommandLine, put: Put) -> None:
    put("nodes.toml", NODES)
    left, right = json.loads(swarm("nodes", "--nodes", "nodes.toml", "--format", "json").out)[
        "nodes"
    ]
    assert (left["cpus"], left["memory"], left["gpus"]) == (2.5, 64 * 1024**3, 1)
    assert (left["labels"], right["labels"]) == ({"zone": "a", "disk": "ssd"}, {})
    assert (right["cpus"], right["memory"]) == (1, None)
    assert (left["host"], right["host"]) == ("lst1.example.org", "localhost")


def test_nodes_that_may_come_later_are_told_apart(swarm: CommandLine, put: Put) -> None:
    put("nodes.toml", '[[node]]\nname = "a"\n\n[[node]]\nname = "b"\nexpected = true\n')
    rows = swarm("nodes", "--nodes", "nodes.toml").out.splitlines()
    ends = [row.endswith(end) for row, end in zip(rows, ("there", "start", "later"), strict=True)]
    assert ends == [True, True, True]
    document = json.loads(swarm("nodes", "--nodes", "nodes.toml", "--format", "json").out)
    assert [one["expected"] for one in document["nodes"]] == [False, True]


def test_virtual_nodes_are_shown_too(swarm: CommandLine) -> None:
    ended = swarm("nodes", "--nodes", "2", "--slots", "3")
    assert [line.split()[:3] for line in ended.out.splitlines()[1:]] == [
        ["node1", "3", "3"],
        ["node2", "3", "3"],
    ]


def test_wrong_file_is_told_with_its_lines(swarm: CommandLine, put: Put) -> None:
    put("nodes.toml", '[[node]]\nname = "a"\nmemory = "64 gigs"\n')
    ended = swarm("nodes", "--nodes", "nodes.toml")
    assert ended.code == 2
    assert "nodes.toml: node, number 1, memory (line 3): must be a number of bytes" in ended.err


def test_host_that_is_none_is_told_with_its_line(swarm: CommandLine, put: Put) -> None:
    put("nodes.toml", '[[node]]\nname = "a"\nhost = "lst1:3391"\n')
    ended = swarm("nodes", "--nodes", "nodes.toml")
    assert ended.code == 2
    assert "node, number 1, host (line 3): must be a name such as" in ended.err
    assert "got 'lst1:3391'" in ended.err


HERE = {"CLUSTER": "here"}


def cluster(environment: Mapping[str, str]) -> list[Member]:
    """What reads a cluster; it is where a variable says."""
    assert environment["CLUSTER"] == "here"
    node = Node(name="n1", slots=2, labels={"zone": 'a "b"'}, host="10.0.0.1", weight=0.5)
    return [Member(node=node, state="ready"), Member(node=Node(name="n2"), state="down")]


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "CLUSTERS", {"docker-swarm": f"{__name__}:cluster"})


def test_the_nodes_of_a_cluster_are_shown_with_their_states(swarm: CommandLine) -> None:
    ended = swarm("nodes", "--engine", "docker-swarm", environment=HERE)
    assert ended.out.splitlines() == [
        "name  slots  cpus  memory      gpus  labels      datasets  host       weight  state",
        'n1    2      2     not stated  0     zone=a "b"  -         10.0.0.1   0.5     ready',
        "n2    1      1     not stated  0     -           -         localhost  0       down",
    ]
    assert ended.out == swarm("nodes", "--nodes", "docker-swarm", environment=HERE).out
    document = json.loads(
        swarm("nodes", "--engine", "docker-swarm", "--format", "json", environment=HERE).out
    )
    assert [(one["state"], one["weight"]) for one in document["nodes"]] == [
        ("ready", 0.5),
        ("down", 0.0),
    ]


def test_nodes_of_a_cluster_that_are_written_down_are_the_inventory_that_they_are(
    swarm: CommandLine, put: Put
) -> None:
    written = swarm("nodes", "--engine", "docker-swarm", "--format", "toml", environment=HERE).out
    put("nodes.toml", written)
    [read] = swarm("nodes", "--nodes", "nodes.toml").out.splitlines()[1:]
    assert read.split()[:2] == ["n1", "2"]
    assert 'zone=a "b"' in read
    assert swarm("nodes", "--nodes", "nodes.toml", "--format", "toml").out == written


def test_slots_of_a_cluster_that_is_only_shown_are_refused(swarm: CommandLine) -> None:
    ended = swarm("nodes", "--nodes", "docker-swarm", "--slots", "3", environment=HERE)
    assert ended.code == 2
    assert "the label swarmdsl.slots of a node says how many it has" in ended.err


def test_swarms_are_compiled_for_the_nodes_of_a_cluster(swarm: CommandLine, put: Put) -> None:
    put(
        "words.py",
        """
        from swarmdsl import Swarm, Task

        def one() -> int:
            return 1

        class Ones(Swarm):
            def execute(self) -> Task:
                return Task(one, alias="one")
        """,
    )
    made = swarm(
        "compile",
        "words.py",
        "--nodes",
        "docker-swarm",
        "--slots",
        "3",
        "-o",
        "built",
        environment=HERE,
    )
    assert made.code == 0, made.err
    built = Path("built/topology.toml").read_text("utf-8")
    assert 'name = "n1"' in built
    assert "slots = 3" in built
    assert "n2" not in built
    checked = swarm("validate", "words.py", "--nodes", "docker-swarm", environment=HERE)
    assert (checked.code, checked.out) == (0, "no findings\n")
