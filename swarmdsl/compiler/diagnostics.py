"""What the compiler says about a swarm: findings as values, sorted in one stable order."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from swarmdsl.compiler.argument import Steps
from swarmdsl.compiler.codes import CODES, Severity
from swarmdsl.dsl.span import Span

_REPORT = "swarmdsl.compiler.report:alone"  # it is built on this
SHOWN_MAX = 60  # characters of a value in a message


class Printer(Protocol):
    """The part of IPython's pretty printer that we speak to."""

    def text(self, text: str) -> None:
        """Write it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that belongs to a finding, and what happens there."""

    text: str
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding: what is wrong, where it was written, and what to do.

    Attributes:
        code: the stable code, `SW101`; `swarmdsl.compiler.codes` explains it.
        severity: `error` keeps the swarm from running; `warning` and `info` do not.
        message: what is wrong, with both values.
        primary: what wrote it: an argument, a call, or the line of a definition.
        related: other lines that take part.
        hint: the remedy.
        graph_path: the tasks it is about, `trainers -> aggregator`; empty for the whole swarm.
        steps: from the call at `primary` to what is wrong in it; the pass `point` walks them.
        call: where `primary` was before it walked them.
    """

    code: str
    severity: Severity
    message: str
    hint: str
    primary: Span | None = None
    related: tuple[Related, ...] = ()
    graph_path: str = ""
    steps: Steps = ()
    call: Span | None = None

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        """What IPython shows of it: the text that a user reads."""
        report: Callable[[Diagnostic], str] = pkgutil.resolve_name(_REPORT)
        printer.text(report(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """A finding that is not reported, and why. An error keeps the swarm from running all the same.

    Attributes:
        diagnostic: the finding.
        by: what hides it: a `comment` beside it, the `selection` of codes, or a `baseline`.
        comment: where the comment stands.
        reason: what the comment says behind its codes.
    """

    diagnostic: Diagnostic
    by: Literal["comment", "selection", "baseline"]
    comment: Span | None = None
    reason: str = ""


def finding(
    code: str,
    message: str,
    *,
    hint: str,
    at: Span | None = None,
    steps: Steps = (),
    related: Iterable[Related] = (),
    path: str = "",
) -> Diagnostic:
    """A diagnostic whose severity is the one of its code.

    `steps` lead from the call `at` to the argument in it that is wrong.
    """
    return Diagnostic(
        code=code,
        severity=CODES[code].severity,
        message=message,
        hint=hint,
        primary=at,
        related=tuple(related),
        graph_path=path,
        steps=steps,
    )


def shown(value: object) -> str:
    """A value as text: short, and without the address that a bare repr may hold.

    >>> shown([1, 2]), shown(object()), shown(shown)
    ('[1, 2]', '<object>', '<function shown>')
    """
    text = repr(value)
    if " at 0x" in text:
        name = getattr(value, "__name__", "")
        return f"<{' '.join(filter(None, (type(value).__name__, str(name))))}>"
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 3]}..."


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file, line, column, code and text, without repeats: the same in every process."""
    return tuple(sorted(dict.fromkeys(diagnostics), key=_position))


def _position(one: Diagnostic) -> tuple[str, int, int, str, str]:
    at = one.primary
    place = ("", 0, 0) if at is None else (at.file, at.line, at.column)
    return (*place, one.code, one.graph_path + one.message)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether one of them keeps the swarm from running."""
    return any(one.severity == "error" for one in diagnostics)
