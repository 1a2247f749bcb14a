"""SW115, SW116: tasks that begin when a stream has ended."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.endless import STOP
from swarmdsl.compiler.unending import PRODUCE, never_ends
from swarmdsl.dsl import Condition, Span
from swarmdsl.dsl.module import definition_span
from swarmdsl.light.daemon import Daemon

_FOREIGN = ("program", "image")
_WAIT = ("function", "script", *_FOREIGN)
"""The kinds of modules that begin when all that feeds them has ended."""


def check_unending(draft: Draft) -> Iterator[Diagnostic]:
    """SW115: behind one that never ends by itself, unless something in the swarm stops the run."""
    held = list(_behind_the_unending(draft))
    if held and not _is_stopped(draft):  # what reads all code is asked last
        yield from (_told(draft, alias, other) for alias, other in held)


def _behind_the_unending(draft: Draft) -> Iterator[tuple[str, str]]:
    """Each source that never ends by itself, with each that waits for its end."""
    for alias, module in draft.modules():
        source = module.python_program
        if not (module.kind == "daemon" and _is_source(draft, alias) and _lasts(source)):
            continue
        for other in draft.graph.successors(alias):
            if draft.module(other).kind in _WAIT and _waits(draft, alias, other):
                yield alias, other


def _is_stopped(draft: Draft) -> bool:
    """Whether any code speaks of stopping the run."""
    return any(STOP.encode() in one.data for one in draft.bundles.values())


def check_dammed(draft: Draft) -> Iterator[Diagnostic]:
    """SW116: a program between a source that goes by itself and what handles pushes one by one."""
    for alias, module in draft.modules():
        if module.kind not in _FOREIGN:
            continue
        after = [one for one in draft.graph.successors(alias) if _is_daemon(draft, one)]
        for source in draft.graph.predecessors(alias):
            if after and _streams(draft, source) and _waits(draft, source, alias):
                yield _held_up(draft, source, alias, after[0])


def _is_daemon(draft: Draft, alias: str) -> bool:
    return draft.module(alias).kind == "daemon"


def _streams(draft: Draft, alias: str) -> bool:
    """Whether it is a source that pushes as time goes by."""
    return _is_daemon(draft, alias) and _is_source(draft, alias)


def _held_up(draft: Draft, source: str, alias: str, after: str) -> Diagnostic:
    return finding(
        "SW116",
        f"{alias} begins when {source} has ended, so nothing reaches {after} before that",
        at=draft.edge(source, alias).span,
        related=[
            Related(text=f"{source} pushes as time goes by", span=_defined(draft, source)),
            Related(text=f"{after} handles each push as it comes", span=_defined(draft, after)),
        ],
        hint=f"for a stream, let a daemon module hold the program and ask it line by line, as with "
        f"swarmdsl_modules.companion; nothing is wrong if {alias} is to have all at once",
        path=f"{source} -> {alias}",
    )


def _defined(draft: Draft, alias: str) -> Span | None:
    return definition_span(draft.module(alias))


def _is_source(draft: Draft, alias: str) -> bool:
    return not any(True for _ in draft.graph.predecessors(alias))


def _lasts(program: object) -> bool:
    return isinstance(program, type) and issubclass(program, Daemon) and never_ends(program)


def _waits(draft: Draft, alias: str, other: str) -> bool:
    """Whether the edge brings all at once, and not one result after the other."""
    return draft.edge(alias, other).condition is not Condition.RESULT


def _told(draft: Draft, alias: str, other: str) -> Diagnostic:
    module = draft.module(alias)
    is_produced = hasattr(module.python_program, PRODUCE)
    ends = "let produce() come to an end" if is_produced else "let a timer call self.finish()"
    return finding(
        "SW115",
        f"{other} begins when {alias} has ended, which it never does by itself",
        at=draft.edge(alias, other).span,
        related=[Related(text=f"{alias} goes on and on", span=definition_span(module))],
        hint=f"{ends} when there is no more, or make {other} a daemon module, which handles each "
        "push as it comes; nothing is wrong if you mean to stop the run, and then have it all",
        path=f"{alias} -> {other}",
    )
