import json
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmdsl.cli.programs import stored
from swarmdsl.topology.codec import from_json, from_toml, read
from swarmdsl.topology.schema import schema
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
        (["-o", "words.py"], "-o words.py: it is a file, and what is written goes into a folder"),
        (["-o", "words.py/build"], "-o words.py/build: Not a directory\n"),
        (["-o", "build", "--plan"], "--plan and --output do not go together"),
        (["--schema", "--diff", "x"], "--schema and --diff do not go together"),
        (["--plan", "--format", "json"], "--plan is not written as json"),
        (["--diff", "x", "--format", "yaml"], "--diff is not written as yaml"),
        (["--nodes", "0"], "--nodes 0: must be a number"),
    ],
)
def test_contradiction_is_a_usage_error(swarm: CommandLine, argv: list[str], message: str) -> None:
    ended = swarm("compile", "words.py", *argv)
    assert ended.code == 2
    assert ended.err.startswith(f"swarm compile: {message}")
    assert ended.err.endswith("See: swarm compile --help\n")


@pytest.mark.parametrize("form", ["toml", "yaml", "json"])
def test_folder_holds_the_form_that_was_asked_for(
    swarm: CommandLine, folder: Path, form: str
) -> None:
    shown = swarm("compile", "words.py", "--slots", "1", "--format", form)
    ended = swarm("compile", "words.py", "--slots", "1", "--format", form, "-o", "build")
    assert (ended.code, ended.out) == (0, "")
    assert f"wrote build/topology.{form} and 1 bundle\n" in ended.err
    assert (folder / f"build/topology.{form}").read_text() == shown.out
    assert stored("build") == stored(f"build/topology.{form}")


def test_a_compiled_topology_is_given_in_another_form(swarm: CommandLine) -> None:
    as_toml = swarm("compile", "words.py", "--slots", "1", "-o", "build")
    assert as_toml.code == 0
    assert swarm("compile", "build", "--format", "yaml", "-o", "other").code == 0
    assert stored("other") == stored("build")
    assert swarm("compile", "other", "--format", "toml") == swarm("compile", "build")


def test_one_folder_has_one_document(swarm: CommandLine) -> None:
    assert swarm("compile", "words.py", "-o", "build").code == 0
    ended = swarm("compile", "words.py", "-o", "build", "--format", "yaml")
    assert ended.code == 2
    assert "-o build: it holds topology.toml; remove it first" in ended.err


def test_schema_needs_no_target(swarm: CommandLine) -> None:
    ended = swarm("compile", "--schema")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out) == schema()


def test_plan_is_data(swarm: CommandLine) -> None:
    ended = swarm("compile", "words.py", "--slots", "1", "--plan")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("WordCount: 3 tasks, 1 daemon on 1 node, 1 round and those asked")
    assert "  input   counts <- a list of int, in this order:\n" in ended.out


def test_plan_of_a_swarm_tells_what_is_handed_in_and_that_of_a_topology_cannot(
    swarm: CommandLine, put: Put
) -> None:
    put(
        "one.py",
        "from swarmdsl import Swarm, Task\nfrom swarmdsl.light import World\n"
        "def work(world: World) -> int:\n  return world.iteration\n"
        "class One(Swarm):\n  def execute(self): return Task(work, 'any')\n",
    )
    line = "  input   world = World, handed in where it runs\n"
    assert line in swarm("compile", "one.py", "--plan").out
    assert swarm("compile", "one.py", "-o", "build").code == 0
    assert line not in swarm("compile", "build", "--plan").out


def test_no_difference_is_told_and_fine(swarm: CommandLine) -> None:
    assert swarm("compile", "words.py", "--slots", "1", "-o", "build").code == 0
    ended = swarm("compile", "words.py", "--slots", "1", "--diff", "build")
    assert (ended.code, ended.out, ended.err) == (0, "", "no difference from build\n")


def test_difference_from_an_older_topology_has_an_exit_code(swarm: CommandLine) -> None:
    assert swarm("compile", "words.py", "--slots", "1", "-o", "build").code == 0
    ended = swarm("compile", "words.py", "--slots", "1", "--nodes", "2", "--diff", "build")
    assert ended.code == 1
    assert ended.out.startswith("nodes\n  + node2\ndaemons\n  + worker@node2#0\ntasks\n")
    assert ended.err.endswith(" differences from build\n")


def test_differences_are_a_document_too(swarm: CommandLine) -> None:
    assert swarm("compile", "words.py", "--slots", "1", "-o", "build").code == 0
    ended = swarm(
        "compile", "words.py", "--slots", "2", "--diff", "build/topology.toml", "--format", "json"
    )
    document = json.loads(ended.out)
    assert (ended.code, document["equal"]) == (1, False)
    assert {
        "kind": "changed",
        "what": "node",
        "name": "node1",
        "field": "slots",
        "old": 1,
        "new": 2,
    } in document["changes"]


def test_a_wrong_old_topology_is_told_with_its_line(swarm: CommandLine, put: Put) -> None:
    put("old.yaml", "format: 1\nname: 3\n")
    ended = swarm("compile", "words.py", "--diff", "old.yaml")
    assert ended.code == 2
    assert "old.yaml:2: name: expected text, found the number 3" in ended.err
