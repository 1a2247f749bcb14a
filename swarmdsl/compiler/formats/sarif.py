"""Findings as SARIF 2.1.0, which code scanning and editors read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from swarmdsl._version import __version__
from swarmdsl.compiler.codes import CODES, explain
from swarmdsl.compiler.diagnostics import Diagnostic, Hidden
from swarmdsl.compiler.formats.checked import (
    Checked,
    all_hidden,
    all_shown,
    place_of,
    unloaded,
)
from swarmdsl.compiler.formats.places import fingerprint, relative
from swarmdsl.dsl.span import Span
from swarmdsl.errors import TargetError

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT = "swarmFinding/v1"
ROOT = "SRCROOT"

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(checked: Sequence[Checked], base: Path) -> str:
    """One log with one run. What a comment or a baseline hides is in it, and marked so.

    Args:
        checked: the targets.
        base: the root of the repository, which files are named from.
    """
    shown = all_shown(checked)
    hidden = [one for one in all_hidden(checked) if one.by != "selection"]
    codes = sorted({one.code for one in [*shown, *(each.diagnostic for each in hidden)]})
    rules = {code: position for position, code in enumerate(codes)}
    results = [_result(one, rules, base) for one in shown]
    results += [_hidden_result(one, rules, base) for one in hidden]
    run = {
        "tool": {
            "driver": {
                "name": "swarm validate",
                "version": __version__,
                "rules": [_rule(code) for code in codes],
            }
        },
        "invocations": [_invocation(checked, base)],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _invocation(checked: Sequence[Checked], base: Path) -> dict[str, Any]:
    problems = unloaded(checked)
    return {
        "executionSuccessful": not problems,
        "toolExecutionNotifications": [_notification(one, base) for one in problems],
    }


def _notification(problem: TargetError, base: Path) -> dict[str, Any]:
    told: dict[str, Any] = {"level": "error", "message": {"text": str(problem)}}
    at = place_of(problem)
    return told if at is None else {**told, "locations": [_physical(at, base)]}


def _rule(code: str) -> dict[str, Any]:
    row = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": row.title},
        "fullDescription": {"text": row.explanation},
        "help": {
            "text": f"{row.explanation}\n\nInstead of\n\n{row.bad}\n\nwrite\n\n{row.good}",
            "markdown": explain(code),
        },
        "defaultConfiguration": {"level": _LEVELS[row.severity]},
    }


def _result(one: Diagnostic, rules: dict[str, int], base: Path) -> dict[str, Any]:
    result = {
        "ruleId": one.code,
        "ruleIndex": rules[one.code],
        "level": _LEVELS[one.severity],
        "message": {"text": f"{one.message}\nHint: {one.hint}"},
        "locations": _locations(one, base),
        "partialFingerprints": {FINGERPRINT: fingerprint(one, base)},
        "suppressions": [],
    }
    related = [
        {"id": number, "message": {"text": each.text}, **_physical(each.span, base)}
        for number, each in enumerate(one.related)
        if each.span is not None
    ]
    return result | ({"relatedLocations": related} if related else {})


def _hidden_result(one: Hidden, rules: dict[str, int], base: Path) -> dict[str, Any]:
    result = _result(one.diagnostic, rules, base)
    if one.by == "baseline":
        suppression = {"kind": "external", "justification": "in the baseline"}
        return result | {"suppressions": [suppression], "baselineState": "unchanged"}
    in_source: dict[str, Any] = {"kind": "inSource"}
    if one.reason:
        in_source["justification"] = one.reason
    if one.comment is not None:
        in_source["location"] = _physical(one.comment, base)
    return result | {"suppressions": [in_source]}


def _locations(one: Diagnostic, base: Path) -> list[dict[str, Any]]:
    location: dict[str, Any] = {} if one.primary is None else _physical(one.primary, base)
    if one.graph_path:
        location["logicalLocations"] = [{"fullyQualifiedName": one.graph_path}]
    return [location] if location else []


def _physical(span: Span, base: Path) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region["endColumn"] = span.end_column
    return {"physicalLocation": {"artifactLocation": _artifact(span.file, base), "region": region}}


def _artifact(file: str, base: Path) -> dict[str, str]:
    path = Path(file)
    if path.is_relative_to(base):
        return {"uri": quote(relative(file, base)), "uriBaseId": ROOT}
    return {"uri": path.as_uri() if path.is_absolute() else quote(file)}
