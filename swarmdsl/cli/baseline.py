"""Baselines: findings that are known, kept in a file, so that only new ones are reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from swarmdsl.cli.exits import UsageError
from swarmdsl.compiler.diagnostics import Diagnostic, Hidden
from swarmdsl.compiler.formats.checked import Checked, all_shown
from swarmdsl.compiler.formats.places import file_of, lasting_message, relative

FORMAT_VERSION = "1.0"


class Entry(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A finding without its line, and how often it occurs."""

    code: str
    file: str
    graph_path: str
    message: str
    count: int = 1


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The file."""

    format_version: str
    findings: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is known; files are named from the folder that the baseline lies in."""

    path: Path
    entries: tuple[Entry, ...]

    @property
    def folder(self) -> Path:
        """The folder that files are named from."""
        return self.path.resolve().parent

    def applied(self, checked: Sequence[Checked]) -> list[Checked]:
        """The same targets, with what is known hidden.

        A finding that occurs more often than the baseline knows is reported as often as it is new.
        """
        left = Counter({_known(one): one.count for one in self.entries})
        known: set[Diagnostic] = set()
        for one in all_shown(checked):
            entry = entry_of(one, self.folder)
            if left[entry] > 0:
                left[entry] -= 1
                known.add(one)
        return [_without(one, known) for one in checked]

    def gone(self, found: Iterable[Diagnostic], files: Iterable[str]) -> list[Entry]:
        """The entries about these files that no longer occur, or less often."""
        looked_at = {relative(file, self.folder) for file in files} | {""}
        left = Counter(entry_of(one, self.folder) for one in found)
        return [
            one for one in self.entries if one.file in looked_at and left[_known(one)] < one.count
        ]


def entry_of(one: Diagnostic, folder: Path) -> Entry:
    """A finding as a baseline remembers it."""
    return Entry(
        code=one.code,
        file=file_of(one, folder),
        graph_path=one.graph_path,
        message=lasting_message(one, folder),
    )


def read_baseline(file: str) -> Baseline:
    """The baseline in a file.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    path = Path(file)
    try:
        document = msgspec.json.decode(path.read_bytes(), type=Document)
    except OSError as problem:
        raise UsageError(
            f"--baseline: {problem}; `swarm validate --write-baseline {file}` makes it"
        ) from problem
    except msgspec.DecodeError as problem:
        raise UsageError(f"--baseline: {file} is no baseline: {problem}") from problem
    if document.format_version != FORMAT_VERSION:
        raise UsageError(
            f"--baseline: {file} has format {document.format_version!r}, and {FORMAT_VERSION!r} "
            f"is understood; `swarm validate --write-baseline {file}` writes it anew"
        )
    return Baseline(path=path, entries=document.findings)


def write_baseline(file: str, found: Iterable[Diagnostic]) -> None:
    """Write what is found, one entry for all that is alike.

    Raises:
        UsageError: the file cannot be written.
    """
    path = Path(file)
    folder = path.resolve().parent
    counts = Counter(entry_of(one, folder) for one in found)
    entries = tuple(msgspec.structs.replace(one, count=counts[one]) for one in sorted(counts))
    document = Document(format_version=FORMAT_VERSION, findings=entries)
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
    except OSError as problem:
        raise UsageError(f"--write-baseline: {problem}") from problem


def _known(one: Entry) -> Entry:
    return msgspec.structs.replace(one, count=1)


def _without(one: Checked, known: set[Diagnostic]) -> Checked:
    shown = tuple(each for each in one.shown if each not in known)
    hidden = [Hidden(diagnostic=each, by="baseline") for each in one.shown if each in known]
    return replace(one, shown=shown, hidden=(*one.hidden, *hidden))
