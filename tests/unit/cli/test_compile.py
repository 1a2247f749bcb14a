import json
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmdsl.topology.codec import from_json, from_toml, read
from tests.unit.cli.command_line import CommandLine

Put = Callable[[str, str], Path]


def test_document_is_data(swarm: CommandLine) -> None:
    ended = swarm("compile", "words.py", "--nodes", "2", "--slots", "3")
    assert (ended.code, ended.err) == (0, "")
    topology = from_toml(ended.out)
    assert topology.name == "WordCount"
    assert [(node.name, node.slots) for node in topology.nodes] == [("node1", 3), ("node2", 3)]


def test_json_is_the_same_topology(swarm: CommandLine) -> None:
    as_toml = swarm("compile", "words.py", "--slots", "1").out
    as_json = swarm("compile", "words.py", "--slots", "1", "--format", "json").out
    assert from_json(as_json) == from_toml(as_toml)
    assert as_json.endswith("}\n")


def test_same_source_gives_the_same_bytes(swarm: CommandLine) -> None:
    first = swarm("compile", "words.py", "--slots", "2")
    assert first == swarm("compile", "words.py", "--slots", "2")


def test_folder_holds_document_and_bundles(swarm: CommandLine, folder: Path) -> None:
    ended = swarm("compile", "words.py", "--slots", "1", "-o", "build/words")
    assert (ended.code, ended.out) == (0, "")
    assert "wrote build/words/topology.toml and 1 bundle\n" in ended.err
    topology, where = read(folder / "build/words")
    assert (where / "bundles" / topology.modules[0].bundle).is_file()


def test_settings_reach_the_compiler(swarm: CommandLine, put: Put) -> None:
    put("pyproject.toml", '[tool.swarm]\ntarget = "words.py"\nnodes = 3\nslots = 1\n')
    ended = swarm("compile", environment={"SWARM_NODES": "2", "SWARM_FORMAT": "json"})
    assert len(json.loads(ended.out)["nodes"]) == 2


def test_errors_leave_nothing_behind(swarm: CommandLine, put: Put, folder: Path) -> None:
    put("nothing.py", "from swarmdsl import Swarm\nclass No(Swarm):\n  def execute(self): ...\n")
    ended = swarm("compile", "nothing.py", "-o", "build")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("SW103 error: ")
    assert not (folder / "build").exists()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["-o", "words.py"], "-o words.py: "),
        (["-o", "build", "--format", "json"], "-o writes topology.toml"),
        (["--nodes", "0"], "--nodes 0: must be a number"),
    ],
)
def test_contradiction_is_a_usage_error(swarm: CommandLine, argv: list[str], message: str) -> None:
    ended = swarm("compile", "words.py", *argv)
    assert ended.code == 2
    assert ended.err.startswith(f"swarm compile: {message}")
    assert ended.err.endswith("See: swarm compile --help\n")
