"""Findings as JUnit's XML, which most CI systems show as tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from swarmdsl.compiler import report
from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.compiler.formats.checked import Checked

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(checked: Sequence[Checked], base: Path, *, strict: bool) -> str:
    """A suite per target, with a case per code: failed, skipped if suppressed, or passed.

    A target without findings is one passed case. What does not fail is written as its output.

    Args:
        checked: the targets.
        base: the folder that files are named from.
        strict: whether warnings fail.
    """
    root = ET.Element("testsuites", name="swarm validate")
    for one in checked:
        root.append(_suite(one, base, {"error", "warning"} if strict else {"error"}))
    _count(root, list(root.iter("testcase")))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _suite(one: Checked, base: Path, failing: set[str]) -> ET.Element:
    suite = ET.Element("testsuite", name=_clean(one.target))
    suite.extend(_cases(one, base, failing))
    _count(suite, list(suite))
    return suite


def _count(element: ET.Element, cases: list[ET.Element]) -> None:
    element.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(sum(case.find(tag) is not None for case in cases)))


def _cases(one: Checked, base: Path, failing: set[str]) -> Iterator[ET.Element]:
    if one.problem is not None:
        case = _case(one.target, "loads")
        _say(case, "error", str(one.problem), type="TargetError")
        yield case
        return
    shown = sorted({finding.code for finding in one.shown})
    for code in shown:
        yield _of_code(one.target, [each for each in one.shown if each.code == code], base, failing)
    hidden = {each.diagnostic.code: each for each in one.hidden if each.by != "selection"}
    for code in sorted(set(hidden) - set(shown)):
        case = _case(one.target, code)
        by = {"comment": "suppressed by a comment", "baseline": "in the baseline"}
        reason = f": {hidden[code].reason}" if hidden[code].reason else ""
        ET.SubElement(case, "skipped", message=_clean(by[hidden[code].by] + reason))
        yield case
    if not shown:
        yield _case(one.target, "no findings")


def _of_code(target: str, found: list[Diagnostic], base: Path, failing: set[str]) -> ET.Element:
    case = _case(target, found[0].code)
    text = report.full(found, base)
    if found[0].severity in failing:
        _say(case, "failure", text, type=found[0].severity, message=found[0].message)
    else:
        _say(case, "system-out", text)
    return case


def _case(target: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=_clean(target), name=name)


def _say(case: ET.Element, tag: str, text: str, **attributes: str) -> None:
    cleaned = {key: _clean(value) for key, value in attributes.items()}
    ET.SubElement(case, tag, cleaned).text = _clean(text)


def _clean(text: str) -> str:
    """What XML can say of a text."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
