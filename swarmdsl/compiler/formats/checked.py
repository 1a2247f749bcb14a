"""What checking one target gave: the value that every format is made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swarmdsl.compiler.diagnostics import Diagnostic, Hidden, in_order
from swarmdsl.dsl.span import Span
from swarmdsl.errors import TargetError

if TYPE_CHECKING:
    from swarmdsl.compiler.capacity import Capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One target and its findings.

    Attributes:
        target: as it was named.
        shown: what is reported, in order.
        hidden: what is found and not reported.
        problem: why the target could not be loaded; None if it could.
        files: the files that its tasks and modules are written in.
        capacity: what its declared rates come to; None if nothing of the kind is declared.
    """

    target: str
    shown: tuple[Diagnostic, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    problem: TargetError | None = None
    files: frozenset[str] = frozenset()
    capacity: Capacity | None = None


def all_shown(checked: Iterable[Checked]) -> tuple[Diagnostic, ...]:
    """What is reported of any target: each once, in order."""
    return in_order(one for each in checked for one in each.shown)


def all_hidden(checked: Iterable[Checked]) -> tuple[Hidden, ...]:
    """What is hidden of every target: each once, in order."""
    by_finding = {one.diagnostic: one for each in checked for one in each.hidden}
    return tuple(by_finding[one] for one in in_order(by_finding))


def unloaded(checked: Iterable[Checked]) -> list[TargetError]:
    """Why targets could not be loaded."""
    return [one.problem for one in checked if one.problem is not None]


def place_of(problem: TargetError) -> Span | None:
    """Where it is that a target could not be loaded; None if that is no line of a file."""
    if not problem.way:
        return None
    at = problem.way[-1]
    return Span(
        file=at.file,
        line=at.line,
        column=at.column,
        end_line=at.end_line,
        end_column=at.end_column,
    )


def hidden_summary(hidden: Sequence[Hidden]) -> Iterator[str]:
    """A line that counts them, and one more if the swarm cannot run; nothing if there are none."""
    ways = {
        "comment": "suppressed by comments",
        "selection": "not selected",
        "baseline": "in the baseline",
    }
    counts = {way: sum(one.by == way for one in hidden) for way in ways}
    told = [f"{count} {ways[way]}" for way, count in counts.items() if count]
    if told:
        yield f"not shown: {', '.join(told)}"
    errors = sum(one.diagnostic.severity == "error" for one in hidden)
    if errors:
        is_are = "is an error" if errors == 1 else "are errors"
        yield f"{errors} of these {is_are}: the swarm cannot run"
