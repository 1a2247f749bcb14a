import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine

Put = Callable[[str, str], Path]

CYCLE = """
    from swarmdsl import Swarm, Task

    def step(numbers: list[int]) -> int:
        return sum(numbers)

    class Circle(Swarm):
        def execute(self):
            a, b = Task(step, alias="a"), Task(step, alias="b")
            a(b)
            return b(a)
"""
WARNING = """
    from swarmdsl import Swarm, Task

    def work() -> int:
        return 1

    class Loose(Swarm):
        def execute(self):
            return Task(work, specified_ids=["node1", "nodeX"])
"""


def test_good_swarm_has_no_findings(swarm: CommandLine) -> None:
    ended = swarm("validate", "words.py")
    assert (ended.code, ended.out, ended.err) == (0, "no findings\n", "")


def test_findings_fail_and_are_data(swarm: CommandLine, put: Put) -> None:
    put("circle.py", CYCLE)
    ended = swarm("validate", "circle.py")
    assert ended.code == 1
    assert ended.out.startswith("SW101 error: ")
    assert "--> circle.py:" in ended.out
    assert not ended.err


def test_all_targets_are_reported_at_once(swarm: CommandLine, put: Put) -> None:
    put("circle.py", CYCLE)
    put("loose.py", WARNING)
    ended = swarm("validate", "circle.py", "loose.py", "words.py", "--format", "concise")
    files = {line.partition(":")[0] for line in ended.out.splitlines()}
    assert files == {"circle.py", "loose.py"}


def test_warnings_fail_only_if_strict(swarm: CommandLine, put: Put) -> None:
    put("loose.py", WARNING)
    assert swarm("validate", "loose.py").code == 0
    assert swarm("validate", "loose.py", "--strict").code == 1


def test_json_has_a_version(swarm: CommandLine, put: Put) -> None:
    put("circle.py", CYCLE)
    document = json.loads(swarm("validate", "circle.py", "--format", "json").out)
    assert (document["format_version"], document["valid"]) == ("1.0", False)
    assert document["diagnostics"][0]["code"] == "SW101"


def test_report_goes_to_a_file(swarm: CommandLine, put: Put, folder: Path) -> None:
    put("circle.py", CYCLE)
    ended = swarm("validate", "circle.py", "--format", "json", "--output-file", "report.json")
    assert (ended.code, ended.out, ended.err) == (1, "", "1 error; see report.json\n")
    assert not json.loads((folder / "report.json").read_text())["valid"]


def test_file_that_cannot_be_written_is_a_usage_error(swarm: CommandLine) -> None:
    ended = swarm("validate", "words.py", "--output-file", "no/such/folder/report")
    assert ended.code == 2
    assert "--output-file: " in ended.err


def test_code_is_explained(swarm: CommandLine) -> None:
    ended = swarm("validate", "--explain", "sw101")
    assert ended.code == 0
    assert ended.out.startswith("# SW101: task graph has a cycle\n")


def test_unknown_code_is_a_usage_error(swarm: CommandLine) -> None:
    ended = swarm("validate", "--explain", "SW1011")
    assert ended.code == 2
    assert "did you mean 'SW101'?" in ended.err


def test_no_target_teaches_how_to_name_one(swarm: CommandLine) -> None:
    ended = swarm("validate")
    assert (ended.code, ended.out) == (2, "")
    assert "swarm validate words.py:WordCount" in ended.err
    assert "[tool.swarm]" in ended.err


def test_project_names_the_target(swarm: CommandLine, put: Put) -> None:
    put("pyproject.toml", '[tool.swarm]\ntarget = "words.py"\n')
    assert swarm("validate").code == 0


def test_variable_beats_project(swarm: CommandLine, put: Put) -> None:
    put("pyproject.toml", '[tool.swarm]\ntarget = "gone.py"\n')
    assert swarm("validate", environment={"SWARM_TARGET": "words.py"}).code == 0


@pytest.mark.parametrize("target", ["gone.py", "words.py:Wrod", "no_module_at_all:X"])
def test_target_that_is_not_there_is_a_usage_error(swarm: CommandLine, target: str) -> None:
    ended = swarm("validate", target)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"swarm validate: {target}: ")
    assert "Traceback" not in ended.err


def test_other_targets_are_reported_beside_a_broken_one(swarm: CommandLine, put: Put) -> None:
    put("circle.py", CYCLE)
    ended = swarm("validate", "gone.py", "circle.py", "--format", "concise")
    assert ended.code == 2
    assert "SW101" in ended.out
    assert "gone.py" in ended.err


def test_broken_target_never_looks_valid_to_a_program(swarm: CommandLine) -> None:
    ended = swarm("validate", "gone.py", "words.py", "--format", "json")
    document = json.loads(ended.out)
    assert (ended.code, document["valid"], document["diagnostics"]) == (2, False, [])
    assert ended.err.startswith("swarm validate: gone.py: ")


def test_json_holds_findings_beside_broken_targets(swarm: CommandLine, put: Put) -> None:
    put("circle.py", CYCLE)
    put("leaves.py", "import sys\nsys.exit(0)\n")
    ended = swarm("validate", "gone.py", "circle.py", "leaves.py", "--format", "json")
    document = json.loads(ended.out)
    assert [one["code"] for one in document["diagnostics"]] == ["SW101"]
    assert [one["target"] for one in document["targets_failed"]] == ["gone.py", "leaves.py"]
    assert "sys.exit(0)" in document["targets_failed"][1]["problem"]
    assert (ended.code, document["valid"], document["error_count"]) == (2, False, 1)


def test_json_says_that_no_target_failed(swarm: CommandLine) -> None:
    document = json.loads(swarm("validate", "words.py", "--format", "json").out)
    assert (document["valid"], document["targets_failed"]) == (True, [])


def test_file_is_not_called_free_of_findings_beside_a_broken_target(
    swarm: CommandLine, folder: Path
) -> None:
    options = ("--format", "json", "--output-file", "report.json")
    ended = swarm("validate", "gone.py", "words.py", *options)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("no findings, 1 target not loaded; see report.json\n")
    assert not json.loads((folder / "report.json").read_text())["valid"]


def test_target_that_exits_is_no_success(swarm: CommandLine, put: Put) -> None:
    put("leaves.py", "import sys\nsys.exit(0)\n")
    ended = swarm("validate", "leaves.py")
    assert ended.code == 2
    assert "called sys.exit(0)" in ended.err


def test_module_of_this_folder_is_found(swarm: CommandLine) -> None:
    assert swarm("validate", "words:WordCount").code == 0


def test_what_user_code_prints_is_not_data(swarm: CommandLine, put: Put) -> None:
    text = 'print("hello")\nfrom words import WordCount\nclass Loud(WordCount):\n    pass\n'
    put("loud.py", text)
    ended = swarm("validate", "loud.py", "--format", "json")
    assert json.loads(ended.out)["valid"]
    assert ended.err == "hello\n"


def test_broken_project_is_a_usage_error(swarm: CommandLine, put: Put) -> None:
    put("pyproject.toml", "[tool.swarm")
    ended = swarm("validate", "words.py")
    assert ended.code == 2
    assert ended.err.startswith("swarm validate: pyproject.toml cannot be read: ")
