"""Suppressions: findings that a comment beside them silences, and comments that silence nothing."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from swarmdsl.compiler.codes import CODES, near_code
from swarmdsl.compiler.codes.capacity import ESTIMATED
from swarmdsl.compiler.comments import Commented, Suppression, commented
from swarmdsl.compiler.diagnostics import Diagnostic, Hidden, finding, has_errors, in_order
from swarmdsl.compiler.source_tree import source_of
from swarmdsl.compiler.sources import is_installed
from swarmdsl.dsl import Module, Span, Swarm
from swarmdsl.dsl.module import definition_span
from swarmdsl.dsl.span import places_of, span_of_class

if TYPE_CHECKING:
    from swarmdsl.compiler.draft import Draft

Files = Mapping[str, Commented]
Places = set[tuple[str, int]]  # files and lines

_OWN = "SW9"  # findings about the comments themselves, which are never unused


def suppress(draft: Draft) -> tuple[tuple[Diagnostic, ...], tuple[Hidden, ...]]:
    """What is to be reported, with findings about the comments themselves; and what is silenced.

    Only files that the swarm is written in are looked at, and only comments in code that belongs
    to it can be unused: a file may hold other swarms too.
    """
    declared = _declared(draft)
    files = _files(draft, declared)
    if not files:
        return draft.diagnostics, ()
    shown, silenced = _divided(draft.diagnostics, files)
    used = {(one.comment, one.diagnostic.code) for one in silenced}
    about = [*_unclear(files), *_unused(draft, files, _lines(draft, files, declared), used)]
    told, quiet = _divided(about, files)
    return in_order([*shown, *told]), (*silenced, *quiet)


def _divided(
    diagnostics: Iterable[Diagnostic], files: Files
) -> tuple[list[Diagnostic], list[Hidden]]:
    shown: list[Diagnostic] = []
    silenced: list[Hidden] = []
    for one in diagnostics:
        comment = _silencing(one, files)
        if comment is None:
            shown.append(one)
        else:
            silenced.append(
                Hidden(diagnostic=one, by="comment", comment=comment.span, reason=comment.reason)
            )
    return shown, silenced


def _silencing(one: Diagnostic, files: Files) -> Suppression | None:
    """The comment beside the argument that is wrong, or beside the call that has it."""
    places = [span for span in (one.primary, one.call) if span is not None and span.file in files]
    about = chain.from_iterable(files[span.file].about(span.line) for span in places)
    return next((comment for comment in about if one.code in comment.codes), None)


def _unclear(files: Files) -> Iterator[Diagnostic]:
    for comment in _all(files):
        if not comment.codes:
            yield finding(
                "SW902",
                "a suppression names no codes, so it silences nothing",
                at=comment.span,
                hint="name them, as in `# swarm: ignore[SW306]`, or take the comment out",
            )
        for code in comment.codes:
            if code not in CODES:
                yield finding(
                    "SW903",
                    f"a suppression names {code}, and there is no such code",
                    at=comment.span,
                    hint=f"take {code} out, or name another; {near_code(code)}",
                )


def _unused(
    draft: Draft,
    files: Files,
    lines: Mapping[str, set[int]],
    used: set[tuple[Span | None, str]],
) -> Iterator[Diagnostic]:
    # Their rules look only at a graph without errors, so of one with errors nobody can tell.
    judged = CODES.keys() - (ESTIMATED if has_errors(draft.diagnostics) else set())
    for comment in _all(files):
        own = comment.span.line in lines[comment.span.file]
        for code in comment.codes if own else ():
            if code in judged and not code.startswith(_OWN) and (comment.span, code) not in used:
                yield finding(
                    "SW901",
                    f"a suppression names {code}, and nothing here is reported as {code}",
                    at=comment.span,
                    hint=f"take {code} out; if the comment names nothing else, take it out whole",
                )


def _all(files: Files) -> Iterator[Suppression]:
    return (comment for file in files.values() for comment in file.suppressions.values())


def _lines(draft: Draft, files: Files, declared: Places) -> dict[str, set[int]]:
    """The lines that the swarm consists of, in files with comments."""
    spans = [span_of_class(one) for one in _classes(draft)]
    spans += [definition_span(module) for module in _modules(draft)]
    places = {(span.file, span.line) for span in spans if span is not None} | declared
    lines: dict[str, set[int]] = {file: set() for file in files}
    for file, line in places:
        if file in files and line in files[file].heads:
            statement = files[file].heads[line]
            lines[file].update(range(statement.first, statement.last + 1))
    return lines


def _files(draft: Draft, declared: Places) -> Files:
    """The files with comments among those that the swarm is written in."""
    spans = [span for one in draft.diagnostics for span in (one.primary, one.call)]
    named = {span.file for span in spans if span is not None}
    named |= {file for file, _ in declared}
    named |= {_file_of(one) for one in _classes(draft)}
    named |= {_file_of(module.python_program) for module in _modules(draft)}
    found = {file: commented(file, source_of(file, draft.read)) for file in sorted(named - {""})}
    return {file: one for file, one in found.items() if one is not None}


def _file_of(value: object) -> str:
    try:
        return inspect.getfile(value)  # type: ignore[arg-type] # whatever has no file raises
    except (OSError, TypeError):
        return ""


def _classes(draft: Draft) -> list[type]:
    """The swarm's class, and those of the user's that it builds upon."""
    found = [one for one in type(draft.swarm).__mro__ if issubclass(one, Swarm)]
    return [one for one in found if not is_installed(one.__module__)]


def _modules(draft: Draft) -> list[Module]:
    found = {id(module): module for module in draft.graph.modules.values()}
    return [one for one in found.values() if not is_installed(str(_home(one)))]


def _home(module: Module) -> object:
    return getattr(module.python_program, "__module__", "")


def _declared(draft: Draft) -> Places:
    """The file and line of each call that made a task or an edge."""
    tasks = draft.graph.tasks.values()
    calls = [task.call for task in tasks]
    calls += [edge.call for task in tasks for edge in task.edges]
    return places_of(call for call in calls if call is not None)
