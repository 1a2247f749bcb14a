import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.unit.cli.command_line import CommandLine

Put = Callable[[str, str], Path]

WRONG = """
from swarmdsl import Swarm, Task

def one() -> int:
    return 1

def words(text: str) -> str:
    return text

class Wrong(Swarm):
    def execute(self):
        return Task(words, method="any")(Task(one, method="any"))
"""
WARNED = "(words, excepted_ids=['nowhere'],"


def test_a_picture_is_data_on_stdout(swarm: CommandLine) -> None:
    ended = swarm("graph", "words.py", "--slots", "1")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("WordCount: ")


def test_the_ending_of_the_file_says_what_it_holds(swarm: CommandLine, folder: Path) -> None:
    ended = swarm("graph", "words.py", "-o", "words.svg")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("wrote words.svg: ")
    assert ET.fromstring((folder / "words.svg").read_text()).tag.endswith("svg")


def test_a_format_goes_to_stdout(swarm: CommandLine) -> None:
    assert swarm("graph", "words.py", "--format", "mermaid").out.startswith("flowchart LR\n")
    assert json.loads(swarm("graph", "words.py", "--format", "json").out)["name"] == "WordCount"


def test_the_same_source_gives_the_same_picture(swarm: CommandLine) -> None:
    first = swarm("graph", "words.py", "--format", "svg")
    assert first == swarm("graph", "words.py", "--format", "svg")


def test_a_swarm_with_errors_is_drawn_all_the_same(
    swarm: CommandLine, put: Put, folder: Path
) -> None:
    put("wrong.py", WRONG)
    ended = swarm("graph", "wrong.py", "-o", "wrong.svg")
    assert ended.code == 1
    assert "SW201 error: " in ended.err
    assert "SW201" in (folder / "wrong.svg").read_text()


def test_its_daemons_cannot_be_drawn(swarm: CommandLine, put: Put) -> None:
    put("wrong.py", WRONG)
    ended = swarm("graph", "wrong.py", "--level", "daemon")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("SW201 error: ") == 1


def test_a_finding_is_told_once_beside_a_picture_as_text(
    swarm: CommandLine, put: Put, folder: Path
) -> None:
    put("wrong.py", WRONG)
    ended = swarm("graph", "wrong.py")
    assert (ended.code, ended.out.splitlines()[-1].split()[-1]) == (1, "[SW201]")
    assert f"{ended.out}{ended.err}".count("SW201 error: ") == 1
    swarm("graph", "wrong.py", "-o", "wrong.txt")
    assert "SW201 error: " in (folder / "wrong.txt").read_text()


def test_warnings_are_no_failure_of_a_picture(swarm: CommandLine, put: Put) -> None:
    put("warned.py", WRONG.replace("text: str", "text: int").replace("(words,", WARNED))
    ended = swarm("graph", "warned.py")
    assert (ended.code, ended.err.startswith("SW306 warning: ")) == (0, True)


def test_daemons_are_named_by_their_nodes(swarm: CommandLine) -> None:
    ended = swarm("graph", "words.py", "--nodes", "2", "--slots", "1", "--level", "daemon")
    assert "worker@node2#0" in ended.out


def test_a_compiled_topology_can_be_drawn(swarm: CommandLine, folder: Path) -> None:
    swarm("compile", "words.py", "--slots", "1", "-o", "build")
    assert swarm("graph", "build").out == swarm("graph", "words.py", "--slots", "1").out
    refused = swarm("graph", "build", "--nodes", "2")
    assert (refused.code, refused.out) == (2, "")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["-o", "words.png"], "its ending says no form of a picture; choose one of .txt, .svg"),
        (["-o", "words.svg", "--format", "dot"], "words.svg is svg, and --format says dot"),
        (["-o", "nowhere/words.svg"], "-o nowhere/words.svg: No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_is_refused(
    swarm: CommandLine, argv: list[str], message: str
) -> None:
    ended = swarm("graph", "words.py", *argv)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_any_name_goes_with_a_format(swarm: CommandLine, folder: Path) -> None:
    assert swarm("graph", "words.py", "-o", "picture", "--format", "dot").code == 0
    assert (folder / "picture").read_text().startswith('digraph "WordCount" {\n')


def test_a_thousand_tasks_are_grouped_unless_told_not_to(swarm: CommandLine, put: Put) -> None:
    put(
        "many.py",
        "from swarmdsl import Swarm, Task\n"
        "def one() -> int: return 1\n"
        "def total(numbers: list[int]) -> int: return sum(numbers)\n"
        "class Many(Swarm):\n"
        "    def execute(self):\n"
        "        ones = [Task(one, method='any') for _ in range(1000)]\n"
        "        return Task(total, method='any')(ones)\n",
    )
    assert "and 999 more" in swarm("graph", "many.py").out
    assert len(swarm("graph", "many.py", "--ungrouped").out.splitlines()) > 1_000
