from __future__ import annotations

import json
import linecache
from collections.abc import Callable
from pathlib import Path

from swarmdsl.compiler import report
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding, in_order, shown
from swarmdsl.dsl import Span

SOURCE = "def execute(self):\n    return scheduler(aggregator(trainers))\n"


def span(file: str, line: int, column: int = 1) -> Span:
    return Span(file=file, line=line, column=column, end_line=line, end_column=column + 3)


def cycle(folder: Path) -> Diagnostic:
    file = str(folder / "fl.py")
    return finding(
        "SW101",
        "task graph has a cycle",
        at=span(file, 2, 12),
        related=[
            Related(text="aggregator -> scheduler", span=span(file, 2)),
            Related(text="scheduler -> aggregator  <- closes the cycle", span=span(file, 1)),
        ],
        hint="repeat by rounds",
        path="aggregator -> scheduler",
    )


def test_full_form_shows_the_line_and_aligns_what_belongs_to_it(
    tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    (tmp_path / "fl.py").write_text(SOURCE)
    golden("diagnostics/full.txt", report.full([cycle(tmp_path)], tmp_path))


def test_concise_form_is_one_line_each(tmp_path: Path) -> None:
    nowhere = finding("SW307", "bad node", hint="rename it")
    assert report.concise([cycle(tmp_path), nowhere], tmp_path) == (
        "fl.py:2:12: SW101 error: task graph has a cycle\nswarm: SW307 error: bad node\n"
    )


def test_json_form_counts_and_says_whether_it_is_valid(tmp_path: Path) -> None:
    warning = finding("SW306", "wrn", hint="take it off")
    document = json.loads(report.as_json([cycle(tmp_path), warning], tmp_path))
    assert document["format_version"] == "1.0"
    assert not document["valid"]
    assert (document["error_count"], document["warning_count"]) == (1, 1)
    assert document["diagnostics"][0]["range"]["start"] == {"line": 2, "column": 12}
    assert json.loads(report.as_json([warning]))["valid"]


def test_file_outside_the_folder_keeps_its_path(tmp_path: Path) -> None:
    line = report.concise([cycle(tmp_path)], tmp_path / "elsewhere")
    assert line.startswith(f"{tmp_path}/fl.py:2:12")


def test_summary_counts_by_severity() -> None:
    found = [finding(code, "", hint="") for code in ("SW101", "SW102", "SW306", "SW402", "SW203")]
    assert report.summary(found) == "2 errors, 1 warning, 2 info"
    assert report.summary([]) == "no findings"


def test_order_is_by_place_then_code_and_without_repeats() -> None:
    late = finding("SW101", "late", hint="", at=span("b.py", 1))
    early = finding("SW301", "early", hint="", at=span("a.py", 10))
    first = finding("SW302", "first", hint="", at=span("a.py", 9, 5))
    nowhere = finding("SW307", "nowhere", hint="")
    assert in_order([late, early, first, nowhere, early]) == (nowhere, first, early, late)


def test_long_values_are_cut_and_addresses_left_out() -> None:
    assert shown("x" * 100).endswith("...")
    assert shown(object()) == "<object>"


def marked(folder: Path, line: str, column: int, end_column: int, lines: int = 1) -> str | None:
    """What stands under the source line of a finding."""
    (folder / "marked.py").write_text(f"{line}\nmore\n")
    linecache.checkcache()
    at = Span(
        file=str(folder / "marked.py"),
        line=1,
        column=column,
        end_line=lines,
        end_column=end_column,
    )
    shown = report.full([finding("SW101", "wrong", at=at, hint="mend it")], folder).splitlines()
    start = shown[1].index("   ", 6) + 3
    return shown[2][start:] if set(shown[2].strip()) == {"^"} else None


def test_carets_stand_under_what_is_wrong(tmp_path: Path) -> None:
    assert marked(tmp_path, "    Task(f, maximum=0)", 21, 22) == "                ^"
    assert marked(tmp_path, "Task(f)", 6, 7) == "     ^"


def test_carets_count_letters_and_not_bytes(tmp_path: Path) -> None:
    line = "Task(f, alias='héé', maximum=0)"
    column = line.index("0)") + 1
    assert marked(tmp_path, line, column, column + 1) == f"{' ' * line.index('0)')}^"


def test_carets_end_with_the_first_of_several_lines(tmp_path: Path) -> None:
    assert marked(tmp_path, "x = Task(", 5, 2, lines=2) == "    ^^^^^"


def test_a_whole_line_has_no_carets(tmp_path: Path) -> None:
    assert marked(tmp_path, "def f(): ...", 1, 1) is None
    assert marked(tmp_path, "Task(f)", 1, 8) is None
