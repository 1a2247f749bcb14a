"""SW201, SW202, SW207: whether what each task yields finds its way into the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from swarmdsl.compiler.bindings import Ambiguous, Misfit, Problem, Source, Unbound
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft, LoopEdge
from swarmdsl.compiler.once import once_per_object
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Span, Task
from swarmdsl.dsl.module import definition_span
from swarmdsl.wire.annotations import Annotation, name_of, normal
from swarmdsl.wire.types import describe, union_of

Types = tuple[Annotation, ...]

_PORTS: Mapping[str | None, str] = {"daemon": "handler", "program": "input"}


def check_bindings(draft: Draft) -> Iterator[Diagnostic]:
    """SW201 and SW202: every source that does not reach its destination, every parameter left."""
    loops = draft.loops_by_destination()
    for alias, bindings in draft.bindings.items():
        if bindings.problems and _is_judged(draft, alias, loops.get(alias, ())):
            for problem in bindings.problems:
                yield _explained(draft, alias, problem)


def _is_judged(draft: Draft, alias: str, loops: Iterable[LoopEdge]) -> bool:
    """Not while its module, its handlers, its edges or its sources are refused already."""
    interface, sources = draft.interfaces[alias], list(draft.graph.predecessors(alias))
    sources += [loop.source for loop in loops]
    if interface.crooked or not all(name in draft.bundles for name in [alias, *sources]):
        return False
    if draft.module(alias).kind == "daemon" and not interface.ports:
        return False
    if not all(isinstance(edge.source, Task) for edge in draft.task(alias).edges):
        return False
    return all(is_well_declared(draft, name) for name in [alias, *sources])


def _explained(draft: Draft, alias: str, problem: Problem) -> Diagnostic:
    match problem:
        case Misfit():
            return _misfit(draft, alias, problem)
        case Ambiguous():
            return _ambiguous(draft, alias, problem)
        case Unbound():
            return _unbound(draft, alias, problem)


def _misfit(draft: Draft, alias: str, problem: Misfit) -> Diagnostic:
    source, given = problem.source, _yields(problem.source)
    daemon = draft.module(alias).kind == "daemon"
    word = _PORTS.get(draft.module(alias).kind, "parameter")
    takers = [problem.port] if problem.port else list(draft.interfaces[alias].ports)
    shown = ", ".join(f"{port.name}: {name_of(port.annotation)}" for port in takers)
    if problem.gather and not daemon:
        message = (
            f"{alias} gathers {given} from {source.alias} as list[{given}], "
            f"but takes {shown or 'nothing'}"
        )
        hint = f"annotate the parameter with list[{given}]: {_why_gathered(source)}"
    else:
        message = f"{source.alias} yields {given}, but no {word} of {alias} takes it: {shown}"
        hint = f"let one of them take {given}, or let {source.alias} yield what {alias} takes"
        if problem.port is not None and not daemon:
            hint += "; one instance alone pushes one value, not a list"
    return finding(
        "SW201",
        message,
        at=_joined(draft, source, alias),
        related=[
            Related(text=f"{source.alias} yields {given}", span=_defined(draft, source.alias)),
            Related(text=f"{alias} takes {shown}", span=_defined(draft, alias)),
        ],
        hint=hint,
        path=f"{source.alias} -> {alias}",
    )


def _joined(draft: Draft, source: Source, alias: str) -> Span | None:
    """The line that joined a source to a task."""
    if not source.loop:
        return draft.edge(source.alias, alias).span
    ends = (source.alias, alias)
    return next(loop.span for loop in draft.loops if (loop.source, loop.destination) == ends)


def _why_gathered(source: Source) -> str:
    if source.stream:
        return f"{source.alias} may push many values"
    if source.several:
        return f"{source.alias} may have several instances; method='any' has one"
    return "several tasks push there"


def _ambiguous(draft: Draft, alias: str, problem: Ambiguous) -> Diagnostic:
    source = problem.source
    names = " and ".join(problem.ports)
    daemon = draft.module(alias).kind == "daemon"
    return finding(
        "SW202",
        f"{source.alias} yields {_yields(source)}, which fits {names} of {alias} equally well",
        at=_joined(draft, source, alias),
        related=[Related(text=alias, span=_defined(draft, alias))],
        hint="let one handler take a narrower type than the other"
        if daemon
        else f"name the parameter after the task ({source.alias}), or the task after the "
        f"parameter: alias={problem.ports[0]!r}",
        path=f"{source.alias} -> {alias}",
    )


def _unbound(draft: Draft, alias: str, problem: Unbound) -> Diagnostic:
    port = problem.port
    before = ", ".join(draft.graph.predecessors(alias))
    after = f", which comes after {before}" if before else ""
    return finding(
        "SW202",
        f"nothing supplies {port.name}: {name_of(port.annotation)} of {alias}{after}",
        at=draft.task(alias).span,
        related=[Related(text=alias, span=_defined(draft, alias))],
        hint=f"call the task with one that yields {name_of(port.annotation)}, hand over a value "
        f"with inputs={{{port.name!r}: ...}}, or give the parameter a default",
        path=alias,
    )


def _yields(source: Source) -> str:
    return name_of(union_of(source.yields))


def _defined(draft: Draft, alias: str) -> Any:
    return definition_span(draft.module(alias)) or draft.task(alias).span


def check_untaken(draft: Draft) -> Iterator[Diagnostic]:
    """SW207: a type of value that a task yields and nothing after it takes."""
    taken: defaultdict[str, dict[int, Types]] = defaultdict(dict)  # by identity, each once
    refused: set[str] = set()
    for bindings in draft.bindings.values():
        for one in bindings.bound:
            taken[one.source.alias][id(one.members)] = one.members
        refused.update(
            one.source.alias for one in bindings.problems if isinstance(one, Misfit | Ambiguous)
        )
    loops, left_of = draft.loops_by_destination(), once_per_object(_left)
    for alias, after in draft.graph.adj.items():
        if not after or alias in refused:
            continue
        left = left_of(draft.interfaces[alias].yields, *taken[alias].values())
        if left and all(_is_judged(draft, one, loops.get(one, ())) for one in after):
            yield _untaken(draft, alias, left)


def _left(yields: Types, *several: Types) -> list[Annotation]:
    taken = [one for types in several for one in types]
    if any(normal(one) is Any for one in taken):
        return []
    left = [one for one in yields if normal(one) is not Any and one not in taken]
    known = {describe(one).fingerprint for one in taken} if left else set()
    return [one for one in left if describe(one).fingerprint not in known]


def _untaken(draft: Draft, alias: str, left: list[Annotation]) -> Diagnostic:
    names, after = name_of(union_of(left)), ", ".join(draft.graph.successors(alias))
    return finding(
        "SW207",
        f"{alias} yields {names}, which nothing after it takes ({after})",
        at=draft.edges(alias, next(iter(draft.graph.successors(alias))))[0].span,
        related=[Related(text=f"{alias} yields {names}", span=_defined(draft, alias))],
        hint=f"add a parameter or handler for {names}, or annotate {alias} with `-> None` if it "
        "only has to come first",
        path=alias,
    )
