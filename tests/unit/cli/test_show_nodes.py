from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

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
