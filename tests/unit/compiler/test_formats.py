"""SARIF, annotations of GitHub and JUnit's XML, as their readers take them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from swarmdsl.compiler.codes import CODES
from swarmdsl.compiler.diagnostics import Diagnostic, Hidden, Related, finding
from swarmdsl.compiler.formats.checked import Checked
from swarmdsl.compiler.formats.github import github
from swarmdsl.compiler.formats.junit import junit
from swarmdsl.compiler.formats.sarif import FINGERPRINT, sarif
from swarmdsl.dsl import Span
from swarmdsl.errors import TargetError

BASE = Path("/repo")
SCHEMA = Path(__file__).parents[2] / "schemas" / "sarif-2.1.0-rtm.4.json"


def span(line: int, file: str = "/repo/swarms/words count.py", end_column: int = 9) -> Span:
    return Span(file=file, line=line, column=5, end_line=line, end_column=end_column)


def error(line: int = 3, message: str = "task graph has a cycle") -> Diagnostic:
    return finding(
        "SW101",
        message,
        at=span(line),
        hint="repeat by rounds",
        related=[Related(text="a -> b", span=span(7)), Related(text="and so on")],
        path="a -> b",
    )


WARNING = finding("SW306", "100% bad, as: node\nX", at=span(4), hint="take it off")
NOWHERE = finding("SW307", "bad node", hint="rename it")
SILENCED = Hidden(diagnostic=WARNING, by="comment", comment=span(4), reason="not yet")
KNOWN = Hidden(diagnostic=error(), by="baseline")
UNLOADED = Checked(target="gone.py", problem=TargetError("gone.py", "there is none", "Check it."))


def log(*checked: Checked) -> Any:
    """The SARIF log of some targets, which the schema allows."""
    document = json.loads(sarif(checked, BASE))
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    [run] = document["runs"]
    return run


def test_sarif_of_everything_is_valid_and_names_rules_once() -> None:
    all_codes = [finding(code, "bad", hint="better", at=span(1)) for code in CODES]
    run = log(Checked(target="a", shown=(*all_codes, WARNING, NOWHERE), hidden=(KNOWN,)), UNLOADED)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(CODES)
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    assert all(rule["help"]["markdown"] for rule in run["tool"]["driver"]["rules"])


def test_schema_sees_a_log_that_is_wrong() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    wrong = {"version": "2.1.0", "runs": [{"tool": {}, "results": [{"level": "fatal"}]}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate(wrong)


def test_sarif_names_files_from_the_root_of_the_repository() -> None:
    outside = finding("SW105", "bad", hint="", at=span(1, "/lib/x.py"))
    cell = finding("SW104", "bad", hint="", at=span(1, "<cell 1>"))
    run = log(Checked(target="a", shown=(cell, outside, error())))
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"] for one in run["results"]]
    assert {"uri": "swarms/words%20count.py", "uriBaseId": "SRCROOT"} in places
    assert {"uri": "file:///lib/x.py"} in places
    assert {"uri": "%3Ccell%201%3E"} in places
    assert "/repo" not in json.dumps(run)


def test_sarif_has_regions_levels_and_related_places() -> None:
    [nowhere, cycle, warning] = log(Checked(target="a", shown=(error(), WARNING, NOWHERE)))[
        "results"
    ]
    assert (cycle["level"], warning["level"]) == ("error", "warning")
    assert cycle["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 3,
        "startColumn": 5,
        "endLine": 3,
        "endColumn": 9,
    }
    assert cycle["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "a -> b"}]
    assert [one["message"]["text"] for one in cycle["relatedLocations"]] == ["a -> b"]
    assert nowhere["locations"] == []


def test_fingerprint_outlives_moved_lines_and_another_folder() -> None:
    def name(one: Diagnostic) -> str:
        [result] = log(Checked(target="a", shown=(one,)))["results"]
        return str(result["partialFingerprints"][FINGERPRINT])

    assert name(error(3)) == name(error(30))
    assert name(error(3, "see /repo/a.py:3 and line 9")) == name(error(3, "see a.py:4 and line 7"))
    assert name(error(3)) != name(error(3, "another cycle"))


def test_sarif_marks_what_is_hidden() -> None:
    not_selected = Hidden(diagnostic=NOWHERE, by="selection")
    run = log(Checked(target="a", shown=(), hidden=(SILENCED, KNOWN, not_selected)))
    known, silenced = run["results"]
    assert known["baselineState"] == "unchanged"
    assert known["suppressions"][0]["kind"] == "external"
    [suppression] = silenced["suppressions"]
    assert (suppression["kind"], suppression["justification"]) == ("inSource", "not yet")


def test_sarif_of_a_target_that_cannot_be_loaded_is_no_success() -> None:
    [invocation] = log(UNLOADED)["invocations"]
    assert not invocation["executionSuccessful"]
    assert "gone.py" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert log(Checked(target="a"))["invocations"][0]["executionSuccessful"]


def test_github_escapes_what_would_end_a_command() -> None:
    awkward = finding("SW306", "100% bad\r\nas: it, is", at=span(4, "/repo/a,b:c%.py"), hint="no")
    assert github([Checked(target="a", shown=(awkward,))], BASE) == (
        "::warning file=a%2Cb%3Ac%25.py,line=4,endLine=4,col=5,endColumn=9,title=SW306"
        "::100%25 bad%0D%0Aas: it, is%0Ahint: no\n"
    )


def test_github_tells_findings_without_a_place_and_targets_that_failed() -> None:
    info = finding("SW203", "no type", at=span(2, end_column=5), hint="annotate it")
    lines = github([Checked(target="a", shown=(NOWHERE, info)), UNLOADED], BASE).splitlines()
    assert lines[0] == "::error title=SW307::bad node%0Ahint: rename it"
    assert lines[1].startswith("::notice file=swarms/words count.py,line=2,endLine=2,col=5,title=")
    assert lines[2].startswith("::error title=gone.py cannot be loaded::gone.py: ")


def cases(*checked: Checked, strict: bool = False) -> dict[tuple[str, str], str]:
    """What became of each case, by target and name."""
    root = ET.fromstring(junit(checked, BASE, strict=strict))
    return {
        (str(case.get("classname")), str(case.get("name"))): next(
            (child.tag for child in case if child.tag != "system-out"), "passed"
        )
        for case in root.iter("testcase")
    }


def test_junit_has_a_case_for_each_target_and_code() -> None:
    first = Checked(target="a.py", shown=(error(), error(9), WARNING))
    second = Checked(target="b.py", hidden=(SILENCED,))
    assert cases(first, second, Checked(target="c.py"), UNLOADED) == {
        ("a.py", "SW101"): "failure",
        ("a.py", "SW306"): "passed",
        ("b.py", "SW306"): "skipped",
        ("b.py", "no findings"): "passed",
        ("c.py", "no findings"): "passed",
        ("gone.py", "loads"): "error",
    }


def test_junit_fails_warnings_if_strict() -> None:
    assert cases(Checked(target="a.py", shown=(WARNING,)), strict=True) == {
        ("a.py", "SW306"): "failure"
    }


def test_junit_counts_and_tells_the_findings() -> None:
    checked = [Checked(target="a.py", shown=(error(), error(9)), hidden=(SILENCED,)), UNLOADED]
    root = ET.fromstring(junit(checked, BASE, strict=False))
    counts = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "3", "failures": "1", "errors": "1", "skipped": "1"}
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.text is not None
    assert "swarms/words count.py:9:5" in failure.text
    assert "2 errors" in failure.text


def test_junit_leaves_out_what_xml_cannot_say() -> None:
    odd = finding("SW307", "bell \x07 & <node> \ud800", hint="")
    root = ET.fromstring(junit([Checked(target="a", shown=(odd,))], BASE, strict=False))
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "bell \ufffd & <node> \ufffd"
