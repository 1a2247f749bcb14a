"""Findings as workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.compiler.formats.checked import Checked, all_shown, place_of, unloaded
from swarmdsl.compiler.formats.places import relative
from swarmdsl.dsl.span import Span
from swarmdsl.errors import TargetError

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def github(checked: Sequence[Checked], base: Path) -> str:
    """One command a line: `::error file=words.py,line=3,...::what is wrong`.

    Args:
        checked: the targets.
        base: the root of the repository, which files are named from.
    """
    lines = [_finding(one, base) for one in all_shown(checked)]
    lines += [_unloaded(one, base) for one in unloaded(checked)]
    return "".join(f"{line}\n" for line in lines)


def _finding(one: Diagnostic, base: Path) -> str:
    properties = {**_place(one.primary, base), "title": one.code}
    return _command(_LEVELS[one.severity], properties, f"{one.message}\nhint: {one.hint}")


def _unloaded(one: TargetError, base: Path) -> str:
    properties = {**_place(place_of(one), base), "title": f"{one.target} cannot be loaded"}
    return _command("error", properties, str(one))


def _place(at: Span | None, base: Path) -> dict[str, object]:
    if at is None:
        return {}
    place: dict[str, object] = {
        "file": relative(at.file, base),
        "line": at.line,
        "endLine": at.end_line,
    }
    place["col"] = at.column
    if at.end_line == at.line and at.end_column > at.column:  # else GitHub heeds no columns
        place["endColumn"] = at.end_column
    return place


def _command(name: str, properties: dict[str, object], message: str) -> str:
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
