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
    assert (ended.code, document["valid"], document["error_count"]) == (2, False, 3)


def test_file_that_python_cannot_read_is_told_with_its_line_in_each_document(
    swarm: CommandLine, put: Put
) -> None:
    put("broken.py", "from swarmdsl import Swarm\nclass Job(Swarm)\n    pass\n")
    document = json.loads(swarm("validate", "broken.py", "--format", "json").out)
    [failed] = document["targets_failed"]
    assert failed["range"]["filename"] == "broken.py"
    assert failed["range"]["start"] == {"line": 2, "column": 17}
    assert document["error_count"] == 1
    command = swarm("validate", "broken.py", "--format", "github").out
    assert command.startswith("::error file=broken.py,line=2,endLine=2,col=17,")
    sarif = json.loads(swarm("validate", "broken.py", "--format", "sarif").out)
    [told] = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert told["locations"][0]["physicalLocation"]["region"]["startLine"] == 2


MISSPELT = """
    from swarmdsl import Swarm, Task

    class Job(Swarm):
        def exectue(self):
            return Task(len)
"""


def test_a_misspelt_execute_is_never_free_of_findings(swarm: CommandLine, put: Put) -> None:
    put("job.py", MISSPELT)
    ended = swarm("validate", "--all", "job.py")
    assert (ended.code, ended.out) == (2, "")
    assert "job.py:Job: Job has no execute(). Its method exectue is never called" in ended.err
    assert "--> job.py:5:9   def exectue(self):" in ended.err


def test_a_base_without_execute_is_free_of_findings(swarm: CommandLine, put: Put) -> None:
    put("base.py", "from swarmdsl import Swarm\nclass Base(Swarm):\n    rounds = 3\n")
    ended = swarm("validate", "--all", "base.py")
    assert (ended.code, ended.out, ended.err) == (0, "no findings\n", "")


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


def test_a_folder_stands_for_the_files_in_it_and_below_it(swarm: CommandLine, put: Put) -> None:
    put("swarms/loose.py", WARNING)
    put("swarms/below/circle.py", CYCLE)
    put("swarms/broken.py", "from swarmdsl import Nothing")
    put("swarms/notes.py", "raise ValueError('this is no swarm, and is not imported')")
    for foreign in ("swarms/.hidden", "swarms/env"):
        put(f"{foreign}/cycle.py", CYCLE)
    put("swarms/env/pyvenv.cfg", "")
    ended = swarm("validate", "--all", "swarms", "--format", "concise")
    assert {line.partition(":")[0] for line in ended.out.splitlines()} == {
        "swarms/loose.py",
        "swarms/below/circle.py",
    }
    assert ended.err.startswith("swarm validate: swarms/broken.py: ")
    assert ended.code == 2


def test_a_folder_by_itself_is_led_to_all(swarm: CommandLine) -> None:
    ended = swarm("validate", ".")
    assert (ended.code, ended.out) == (2, "")
    assert "All in it are checked by: swarm validate --all ." in ended.err
    assert "Name a file in it that defines one: words.py." in ended.err


def test_a_folder_without_swarms_has_no_findings(swarm: CommandLine, put: Put) -> None:
    put("swarms/notes.py", "NUMBER = 1")
    assert swarm("validate", "--all", "swarms").out == "no findings\n"


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


MONITORING = """
    from collections.abc import Iterator
    from swarmdsl import Condition, Swarm, Task

    def slices() -> Iterator[int]:
        yield from range(10)

    def transform(number: int) -> int:
        return number

    class Monitoring(Swarm):
        latency_budget = 60.0

        def execute(self):
            source = Task(slices, method="any", rate=7.5)
            worker = Task(transform, method="maximum", maximum=230, service_time=30.0)
            return worker(source, Condition.RESULT, policy="balance")
"""


def test_capacity_is_a_table_behind_the_findings(swarm: CommandLine, put: Put) -> None:
    put("monitoring.py", MONITORING)
    ended = swarm("validate", "monitoring.py", "--capacity", "--nodes", "230")
    assert ended.out.splitlines() == [
        "no findings",
        "",
        "capacity of monitoring.py",
        "task       instances   gets  service time    busy  needs   waits  pushes",
        "slices             1      -             -       -      -       -   7.5/s",
        "transform        230  7.5/s          30 s  97.8 %    225  3.89 s   7.5/s",
        "bottleneck: transform, 97.8 % busy",
        "slowest path: slices -> transform, 33.9 s",
    ]


def test_capacity_is_data_for_programs(swarm: CommandLine, put: Put) -> None:
    put("monitoring.py", MONITORING)
    flags = ("--capacity", "--format", "json", "--nodes", "30")
    document = json.loads(swarm("validate", "monitoring.py", *flags).out)
    [capacity] = document["capacity"]
    assert (capacity["target"], capacity["bottleneck"]) == ("monitoring.py", "transform")
    [_, transform] = capacity["tasks"]
    assert (transform["instances"], transform["needed"], transform["wait_s"]) == (30, 225, None)


def test_a_swarm_that_declares_no_rates_has_no_capacity_to_show(swarm: CommandLine) -> None:
    assert (
        "no rate, service time or budget is declared"
        in swarm("validate", "words.py", "--capacity").out
    )
    assert "capacity" not in json.loads(swarm("validate", "words.py", "--format", "json").out)
