"""Diagnostics as text: `full` for people, `concise` for editors, `json` for programs."""

from __future__ import annotations

import json
import linecache
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from swarmdsl.compiler.diagnostics import Diagnostic, Related
from swarmdsl.dsl.span import Span

FORMAT_VERSION = "1.0"
WAY_SHOWN_MAX = 8  # lines that lead to an error


def full(diagnostics: Sequence[Diagnostic], base: str | Path | None = None) -> str:
    """Each finding with its source line, related lines and remedy; then a count.

    Args:
        diagnostics: in report order.
        base: the folder that file names are shown relative to; None for the current one.
    """
    parts = [_full(one, _folder(base)) for one in diagnostics]
    return "\n\n".join([*parts, summary(diagnostics)]) + "\n"


def alone(diagnostic: Diagnostic) -> str:
    """One finding as `full` tells it, without a count."""
    return _full(diagnostic, _folder(None))


def concise(diagnostics: Sequence[Diagnostic], base: str | Path | None = None) -> str:
    """One line per finding: `file:line:column: code severity: message`."""
    folder = _folder(base)
    return "".join(
        f"{_place(one.primary, folder)}: {one.code} {one.severity}: "
        f"{' '.join(one.message.split())}\n"
        for one in diagnostics
    )


def way(spans: Sequence[Span], base: str | Path | None = None) -> str:
    """The lines that lead to an error, the outermost first; the middle of a long way is left out.

    Args:
        spans: the lines.
        base: as for `full`.
    """
    folder = _folder(base)
    for file in {span.file for span in spans}:
        linecache.checkcache(file)  # it may have been mended, and broken anew
    left_out = max(len(spans) - WAY_SHOWN_MAX, 0)
    head, rest = spans[: 1 if left_out else 0], spans[left_out + 1 if left_out else 0 :]
    lines = [line for span in head for line in _pointed(span, folder)]
    if left_out:
        lines.append(f"   |  {left_out:,} more lines")
    return "\n".join([*lines, *(line for span in rest for line in _pointed(span, folder))])


def as_json(diagnostics: Sequence[Diagnostic], base: str | Path | None = None) -> str:
    """One JSON document; its fields only grow within a `format_version`."""
    document = {
        "format_version": FORMAT_VERSION,
        "valid": not any(one.severity == "error" for one in diagnostics),
        "error_count": _count(diagnostics, "error"),
        "warning_count": _count(diagnostics, "warning"),
        "diagnostics": [_document(one, _folder(base)) for one in diagnostics],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """How many there are of each severity: `1 error, 2 warnings`."""
    counts = [
        f"{number} {severity}{'s' if number > 1 and severity != 'info' else ''}"
        for severity in ("error", "warning", "info")
        if (number := _count(diagnostics, severity))
    ]
    return ", ".join(counts) or "no findings"


def _count(diagnostics: Sequence[Diagnostic], severity: str) -> int:
    return sum(one.severity == severity for one in diagnostics)


def _full(one: Diagnostic, base: Path) -> str:
    lines = [f"{one.code} {one.severity}: {one.message}"]
    if one.primary is not None:
        lines += _pointed(one.primary, base)
    lines += _related(one.related, base)
    lines.append(f"   = hint: {one.hint}")
    lines.append(f"   = see: swarm validate --explain {one.code}")
    return "\n".join(lines)


def _pointed(span: Span, base: Path) -> list[str]:
    """The place of a span with its source line, and carets below."""
    place = f"  --> {_place(span, base)}   "
    marks = [f"{' ' * len(place)}{mark}" for mark in _marks(span)]
    return [f"{place}{_snippet(span)}".rstrip(), *marks]


def _related(related: Sequence[Related], base: Path) -> list[str]:
    width = max((len(one.text) for one in related if one.span), default=0)
    return [
        f"   |  {one.text.ljust(width)}  {_place(one.span, base, column=False)}"
        if one.span
        else f"   |  {one.text}"
        for one in related
    ]


def _folder(base: str | Path | None) -> Path:
    return Path.cwd() if base is None else Path(base)


def _file(file: str, base: Path) -> str:
    path = Path(file)
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else file


def _place(span: Span | None, base: Path, *, column: bool = True) -> str:
    if span is None:
        return "swarm"
    place = f"{_file(span.file, base)}:{span.line}"
    return f"{place}:{span.column}" if column else place


def _snippet(span: Span) -> str:
    """The source line, or nothing where there is none to read."""
    return linecache.getline(span.file, span.line).strip()


def _marks(span: Span) -> Iterator[str]:
    """Carets under what a span covers of its first line; none under a line as a whole."""
    text = linecache.getline(span.file, span.line).rstrip()
    end = span.end_column - 1 if span.end_line == span.line else len(text)
    covered = text[span.column - 1 : end]
    before = text[: span.column - 1].lstrip()
    if span.column > len(text) > 0:  # what is missing at its end
        yield f"{' ' * len(text.lstrip())}^"
    elif covered.strip() and (before or end < len(text)):
        yield f"{' ' * len(before)}{'^' * len(covered)}"


def _document(one: Diagnostic, base: Path) -> dict[str, Any]:
    return {
        "code": one.code,
        "severity": one.severity,
        "summary": one.message,
        "detail": one.hint,
        "graph_path": one.graph_path,
        "range": None if one.primary is None else range_of(one.primary, base),
        "snippet": None if one.primary is None else _snippet(one.primary),
        "related": [
            {"text": each.text, "range": None if each.span is None else range_of(each.span, base)}
            for each in one.related
        ],
    }


def range_of(span: Span, base: Path) -> dict[str, Any]:
    """A span as it stands in a JSON document; its file is named from `base`."""
    return {
        "filename": _file(span.file, base),
        "start": {"line": span.line, "column": span.column},
        "end": {"line": span.end_line, "column": span.end_column},
    }
