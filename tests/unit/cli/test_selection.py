"""What `swarm validate` reports of what it finds: selections, baselines and suppressions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine
from tests.unit.cli.test_validate import CYCLE, WARNING

Put = Callable[[str, str], Path]

SILENCED = WARNING.replace('"nodeX"])', '"nodeX"])  # swarm: ignore[SW306] next week')
TWO_SWARMS = """
    from swarmdsl import Swarm, Task

    def work() -> int:
        return 1

    class Loose(Swarm):
        def execute(self):
            return Task(work, specified_ids=self.nodes())  # swarm: ignore[SW306]

        def nodes(self):
            return ["node1", "nodeX"]

    class Tight(Loose):
        def nodes(self):
            return ["node1"]
"""


@pytest.mark.parametrize(
    ("flags", "codes"),
    [
        ((), {"SW101", "SW306"}),
        (("--select", "SW3"), {"SW306"}),
        (("--select", "sw306,SW1"), {"SW101", "SW306"}),
        (("--select", "SW101", "--select", "SW306"), {"SW101", "SW306"}),
        (("--ignore", "SW"), set()),
        (("--ignore", "SW3"), {"SW101"}),
        (("--select", "SW306", "--ignore", "SW3"), {"SW306"}),
        (("--select", "SW3", "--ignore", "SW306"), set()),
        (("--select", "SW306", "--ignore", "SW306"), set()),
    ],
)
def test_longest_prefix_decides(
    swarm: CommandLine, put: Put, flags: tuple[str, ...], codes: set[str]
) -> None:
    put("circle.py", CYCLE)
    put("loose.py", WARNING)
    ended = swarm("validate", "circle.py", "loose.py", "--format", "json", *flags)
    assert {one["code"] for one in json.loads(ended.out)["diagnostics"]} == codes


@pytest.mark.parametrize("given", ["SW99", "sw1011", "E501", "", "SW1,"])
@pytest.mark.parametrize("flag", ["--select", "--ignore"])
def test_unknown_prefix_is_a_usage_error(swarm: CommandLine, flag: str, given: str) -> None:
    ended = swarm("validate", "words.py", flag, given)
    assert (ended.code, ended.out) == (2, "")
    assert f"{flag}: no code begins with" in ended.err


def test_error_that_is_not_selected_is_counted_and_keeps_it_invalid(
    swarm: CommandLine, put: Put
) -> None:
    put("circle.py", CYCLE)
    ended = swarm("validate", "circle.py", "--ignore", "SW101")
    assert ended.code == 0
    assert ended.out == (
        "no findings\nnot shown: 1 not selected\n1 of these is an error: the swarm cannot run\n"
    )
    document = json.loads(swarm("validate", "circle.py", "--ignore", "SW1", "--format=json").out)
    assert not document["valid"]


def test_suppressed_warning_is_counted_and_does_not_fail(swarm: CommandLine, put: Put) -> None:
    put("loose.py", SILENCED)
    ended = swarm("validate", "loose.py", "--strict")
    assert (ended.code, ended.out) == (0, "no findings\nnot shown: 1 suppressed by comments\n")
    document = json.loads(swarm("validate", "loose.py", "--format", "json").out)
    [one] = document["hidden"]
    assert (one["code"], one["hidden_by"], one["reason"]) == ("SW306", "comment", "next week")
    assert document["valid"]


def test_suppressed_error_is_told_where_the_swarm_is_run(swarm: CommandLine, put: Put) -> None:
    put("circle.py", CYCLE.replace("return b(a)", "return b(a)  # swarm: ignore[SW101]"))
    assert swarm("validate", "circle.py").code == 0
    ended = swarm("run", "circle.py")
    assert ended.code == 1
    assert "SW101 error" in ended.err


def test_suppression_that_one_target_needs_is_not_unused(swarm: CommandLine, put: Put) -> None:
    put("both.py", TWO_SWARMS)
    alone = swarm("validate", "both.py:Tight", "--format", "concise")
    assert "SW901" in alone.out
    both = swarm("validate", "both.py:Loose", "both.py:Tight", "--format", "concise")
    assert both.out == ""


def test_what_the_baseline_knows_is_not_reported_wherever_it_has_moved(
    swarm: CommandLine, put: Put
) -> None:
    put("circle.py", CYCLE)
    written = swarm("validate", "circle.py", "--write-baseline", "known.json")
    assert (written.code, written.err) == (0, "1 error written to known.json\n")
    put("circle.py", "\n    # moved\n" + CYCLE)
    put("loose.py", WARNING)
    ended = swarm("validate", "circle.py", "loose.py", "--baseline", "known.json")
    assert ended.code == 0
    assert ended.out.startswith("SW306 warning: ")
    assert "SW101" not in ended.out
    assert "not shown: 1 in the baseline\n1 of these is an error" in ended.out
    assert not ended.err


def test_baseline_does_not_depend_on_the_folder_it_is_used_from(
    swarm: CommandLine, put: Put, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("circle.py", CYCLE)
    swarm("validate", "circle.py", "--write-baseline", "known.json")
    [entry] = json.loads((folder / "known.json").read_text())["findings"]
    assert (entry["code"], entry["file"], entry["count"]) == ("SW101", "circle.py", 1)
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    ended = swarm("validate", "../circle.py", "--baseline", "../known.json", "--format", "concise")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_entry_that_no_longer_occurs_is_told(swarm: CommandLine, put: Put) -> None:
    put("loose.py", WARNING)
    swarm("validate", "loose.py", "--write-baseline", "known.json")
    put("loose.py", WARNING.replace('"nodeX"', '"node1"'))
    ended = swarm("validate", "loose.py", "--baseline", "known.json")
    assert ended.code == 0
    assert ended.err.startswith("no longer found: loose.py: SW306 ")
    assert "swarm validate --write-baseline known.json" in ended.err


@pytest.mark.parametrize("arguments", [["words.py"], ["loose.py", "--select", "SW1"], ["gone.py"]])
def test_entry_that_was_not_looked_for_is_not_called_gone(
    swarm: CommandLine, put: Put, arguments: list[str]
) -> None:
    put("loose.py", WARNING)
    swarm("validate", "loose.py", "--write-baseline", "known.json")
    assert "no longer" not in swarm("validate", *arguments, "--baseline", "known.json").err


def test_more_of_the_same_is_new(swarm: CommandLine, put: Put) -> None:
    put("loose.py", WARNING)
    swarm("validate", "loose.py", "--write-baseline", "known.json")
    one = 'Task(work, specified_ids=["node1", "nodeX"])'
    put("loose.py", WARNING.replace(f"return {one}", f"return [{one}, {one}]"))
    ended = swarm("validate", "loose.py", "--baseline", "known.json", "--format", "concise")
    assert ended.out.count("SW306") == 2  # work_0 and work_1: neither is the work that is known
    swarm("validate", "loose.py", "--write-baseline", "known.json")
    assert not swarm("validate", "loose.py", "--baseline", "known.json", "--format=concise").out


def test_baseline_without_a_target_is_not_written(swarm: CommandLine, folder: Path) -> None:
    ended = swarm("validate", "words.py", "gone.py", "--write-baseline", "known.json")
    assert ended.code == 2
    assert not (folder / "known.json").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"format_version": "9", "findings": []}'])
def test_file_that_is_no_baseline_is_a_usage_error(swarm: CommandLine, put: Put, text: str) -> None:
    put("known.json", text)
    ended = swarm("validate", "words.py", "--baseline", "known.json")
    assert (ended.code, ended.out) == (2, "")
    assert "--baseline: known.json " in ended.err


def test_missing_baseline_says_how_to_write_it(swarm: CommandLine) -> None:
    ended = swarm("validate", "words.py", "--baseline", "known.json")
    assert ended.code == 2
    assert "swarm validate --write-baseline known.json" in ended.err


def test_baseline_is_not_read_and_written_at_once(swarm: CommandLine) -> None:
    ended = swarm("validate", "words.py", "--baseline", "a", "--write-baseline", "b")
    assert (ended.code, ended.out) == (2, "")


def test_all_takes_every_swarm_of_a_file_and_passes_over_what_is_none(
    swarm: CommandLine, put: Put
) -> None:
    put("both.py", TWO_SWARMS)
    put("other.py", "raise SystemExit('this is no swarm')\n")
    ended = swarm(
        "validate", "--all", "both.py", "other.py", "words.py:WordCount", "--format=junit"
    )
    assert ended.code == 0
    for target in ("both.py:Loose", "both.py:Tight", "words.py:WordCount"):
        assert f'<testsuite name="{target}"' in ended.out
    assert "other.py" not in ended.out


def test_all_tells_files_that_cannot_be_imported(swarm: CommandLine, put: Put) -> None:
    put("broken.py", "import swarmdsl\nraise ValueError('no')\n")
    ended = swarm("validate", "--all", "broken.py", "words.py")
    assert ended.code == 2
    assert "importing it raised ValueError: no" in ended.err


@pytest.mark.parametrize("name", ["sarif", "github", "junit"])
def test_targets_that_failed_are_in_the_formats_of_programs(swarm: CommandLine, name: str) -> None:
    ended = swarm("validate", "gone.py", "words.py", "--format", name)
    assert ended.code == 2
    assert "gone.py" in ended.out


def test_programs_read_files_as_the_root_of_the_repository_sees_them(
    swarm: CommandLine, put: Put, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("circle.py", CYCLE)
    (folder / ".git").mkdir()
    (folder / "below").mkdir()
    (folder / "circle.py").rename(folder / "below" / "circle.py")
    monkeypatch.chdir(folder / "below")
    assert (
        "::error file=below/circle.py,line="
        in swarm("validate", "circle.py", "--format=github").out
    )
    assert '"below/circle.py"' in swarm("validate", "circle.py", "--format=sarif").out


def test_report_file_tells_what_is_not_shown(swarm: CommandLine, put: Put) -> None:
    put("loose.py", SILENCED)
    ended = swarm("validate", "loose.py", "--format=sarif", "--output-file", "found.sarif")
    assert ended.err == "no findings, 1 not shown; see found.sarif\n"
