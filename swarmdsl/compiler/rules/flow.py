"""SW201, SW202, SW207: whether what each task yields finds its way into the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from swarmdsl.compiler.bind_function import gathered
from swarmdsl.compiler.bindings import Ambiguous, Misfit, Problem, Source, Unbound
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft, LoopEdge
from swarmdsl.compiler.gives import gives
from swarmdsl.compiler.once import once_per_object
from swarmdsl.compiler.rules.handed_in import handed_in
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Span, Task
from swarmdsl.dsl.module import definition_span
from swarmdsl.wire.annotations import Annotation, name_of, normal
from swarmdsl.wire.types import accepts, describe, union_of

NAMED_MAX = 3  # tasks that one message names

Types = tuple[Annotation, ...]

_PORTS: Mapping[str | None, str] = {"daemon": "handler", "program": "input"}


def check_bindings(draft: Draft) -> Iterator[Diagnostic]:
    """SW201 and SW202: every source that does not reach its destination, every parameter left."""
    loops = draft.loops_by_destination()
    for alias, bindings in draft.bindings.items():
        if bindings.problems and is_judged(draft, alias, loops.get(alias, ())):
            misspelt = _names_no_port(draft, alias)  # what it lacks was meant by that, perhaps
            for alike in _alike(bindings.problems):
                if not (misspelt and isinstance(alike[0], Unbound)):
                    yield _explained(draft, alias, alike)


def _names_no_port(draft: Draft, alias: str) -> bool:
    """Whether `inputs=` names a parameter that there is not, which is a finding of its own."""
    ports = {port.name for port in draft.interfaces[alias].ports}
    return not ports.issuperset(draft.inputs(alias))


def _alike(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Problems of one cause together: tasks of one module that one parameter does not fit."""
    found: dict[Hashable, list[Problem]] = {}
    for one in problems:
        found.setdefault((type(one), _cause(one)), []).append(one)
    return list(found.values())


def _cause(problem: Problem) -> Hashable:
    match problem:
        case Misfit(source=source, port=port, gather=gather):
            return id(source.interface), port and port.name, gather, source.loop
        case Ambiguous(ports=ports):
            return ports
        case Unbound(port=port):
            return port.name


def is_judged(draft: Draft, alias: str, loops: Iterable[LoopEdge] = ()) -> bool:
    """Whether its bindings mean something.

    Not while its module, its handlers, its edges or its sources (those of `loops` included) are
    refused already, nor in a cycle: the edge that closes it pushes what no parameter was meant for.
    """
    if alias in draft.knotted:
        return False
    interface, sources = draft.interfaces[alias], list(draft.graph.predecessors(alias))
    sources += [loop.source for loop in loops]
    if interface.crooked or not all(name in draft.bundles for name in [alias, *sources]):
        return False
    if alias in draft.graph.daemons and not interface.ports:
        return False
    if not all(isinstance(edge.source, Task) for edge in draft.task(alias).edges):
        return False
    return all(is_well_declared(draft, name) for name in [alias, *sources])


def _explained(draft: Draft, alias: str, alike: Sequence[Problem]) -> Diagnostic:
    match alike[0]:
        case Misfit():
            sources = [one.source for one in alike if isinstance(one, Misfit)]
            return _misfit(draft, alias, alike[0], sources)
        case Ambiguous():
            sources = [one.source for one in alike if isinstance(one, Ambiguous)]
            return _ambiguous(draft, alias, alike[0], sources)
        case Unbound():
            return _unbound(draft, alias, alike[0])


def _misfit(draft: Draft, alias: str, problem: Misfit, sources: Sequence[Source]) -> Diagnostic:
    source, given = problem.source, _yields(problem.source)
    names, verb = _several(sources), gives(source.interface, len(sources))
    daemon = alias in draft.graph.daemons
    word = _PORTS.get(draft.module(alias).kind, "parameter")
    takers = [problem.port] if problem.port else list(draft.interfaces[alias].ports)
    shown = ", ".join(f"{port.name}: {name_of(port.annotation)}" for port in takers)
    if problem.gather and not daemon:
        message = (
            f"{alias} gathers {given} from {names} as list[{given}], but takes {shown or 'nothing'}"
        )
        name = takers[0].name if takers else "values"
        hint = (
            f"write {name}: list[{given}], and let the body work on that list: "
            f"{_why_gathered(source)}; or have it run for each with condition=Condition.RESULT"
        )
    else:
        message = f"{names} {verb} {given}, but no {word} of {alias} takes it: {shown}"
        hint = _other_type(draft, alias, problem)
    return finding(
        "SW201",
        message,
        at=_joined(draft, source, alias),
        related=[
            Related(
                text=f"{source.alias} {gives(source.interface)} {given}",
                span=_defined(draft, source.alias),
            ),
            Related(text=f"{alias} takes {shown}", span=_defined(draft, alias)),
        ],
        hint=hint,
        path=f"{source.alias} -> {alias}",
    )


def _other_type(draft: Draft, alias: str, problem: Misfit) -> str:
    """What to write where a single value has another type than what takes it."""
    source, given = problem.source, _yields(problem.source)
    give = gives(source.interface, sources=2)
    port, kind = problem.port, draft.module(alias).kind
    element = None if port is None else gathered(port.annotation)
    if port and element is not None and any(accepts(one, element) for one in source.yields):
        return (
            f"one instance alone pushes one value, not a list: write {port.name}: {given}, and let "
            f"the body work on one value; or let several push, as with method='all' for "
            f"{source.alias}"
        )
    if kind == "daemon":
        return (
            f"add a handler that takes {given}, or let {source.alias} {give} what {alias} takes, "
            "in its annotation and its body"
        )
    return (
        f"let one of them take {given}, or let {source.alias} {give} what {alias} takes: in the "
        "annotation, and in the body too"
    )


def _several(sources: Sequence[Source]) -> str:
    """The names of some sources, in a sentence that stays short."""
    names = [source.alias for source in sources[:NAMED_MAX]]
    more = len(sources) - len(names)
    *first, last = [*names, f"{more} more"] if more else names
    return f"{', '.join(first)} and {last}" if first else last


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
        return (
            f"{source.alias} may have several instances (with method='any' for {source.alias} "
            "there is one)"
        )
    return "several tasks push there"


def _ambiguous(
    draft: Draft, alias: str, problem: Ambiguous, sources: Sequence[Source]
) -> Diagnostic:
    """All sources that the same ports are open to: naming one of them may settle the others."""
    first, names = sources[0], " and ".join(problem.ports)
    daemon = alias in draft.graph.daemons
    alike = len({_yields(one) for one in sources}) == 1
    given = (
        f"{_several(sources)} {gives(first.interface, len(sources))} {_yields(first)}"
        if alike
        else ", ".join(
            f"{one.alias} {gives(one.interface)} {_yields(one)}" for one in sources[:NAMED_MAX]
        )
    )
    return finding(
        "SW202",
        f"{given}, and {'that' if len(sources) == 1 else 'each'} fits the parameters {names} of "
        f"{alias} equally well"
        if not daemon
        else f"{given}, which fits the handlers {names} of {alias} equally well",
        at=_joined(draft, first, alias),
        related=[
            *(
                Related(text=f"{one.alias} -> {alias}", span=_joined(draft, one, alias))
                for one in (sources[:NAMED_MAX] if len(sources) > 1 else ())
            ),
            Related(text=f"{alias} takes {names}", span=_defined(draft, alias)),
        ],
        hint="let one handler take a narrower type than the other"
        if daemon
        else _handed_in(draft, alias, problem.ports) or _named_alike(problem.ports, sources),
        path=f"{first.alias} -> {alias}",
    )


def _handed_in(draft: Draft, alias: str, ports: Sequence[str]) -> str:
    """What to write if one of these parameters is meant to be handed in."""
    program: Any = draft.module(alias).python_program
    return handed_in(program, of=ports) if draft.module(alias).kind == "function" else ""


def _named_alike(ports: Sequence[str], sources: Sequence[Source]) -> str:
    """Names that tell the tasks apart."""
    pairs = zip(sources, ports, strict=False)
    said = " and ".join(f"{source.alias} alias={port!r}" for source, port in pairs)
    return (
        f"give {said}, so that each has the name of its parameter, or rename a parameter to "
        f"{sources[0].alias}"
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
        hint=_handed_in(draft, alias, [port.name])
        or f"call the task with one that returns {name_of(port.annotation)}, hand over a value "
        f"with inputs={{{port.name!r}: ...}}, or give the parameter a default",
        path=alias,
    )


def _yields(source: Source) -> str:
    return name_of(union_of(source.yields))


def _defined(draft: Draft, alias: str) -> Any:
    return definition_span(draft.module(alias)) or draft.task(alias).span


def check_untaken(draft: Draft) -> Iterator[Diagnostic]:
    """SW207: a type of value that a task yields and nothing after it takes."""
    suspects = {
        source
        for alias, bindings in draft.bindings.items()
        if not bindings.ways.whole
        for source in draft.graph.predecessors(alias)
    }
    taken, refused = _taken(draft, suspects) if suspects else ({}, set())
    loops, left_of = draft.loops_by_destination(), once_per_object(_left)
    for alias in draft.graph:
        if alias not in suspects or alias in refused:
            continue
        known = taken.get(alias, {})
        left = left_of(draft.interfaces[alias].yields, *known.values())
        after = draft.graph.successors(alias)
        if left and all(is_judged(draft, one, loops.get(one, ())) for one in after):
            yield _untaken(draft, alias, left, some=bool(known))


def _taken(draft: Draft, suspects: set[str]) -> tuple[dict[str, dict[int, Types]], set[str]]:
    """What is taken of each of these sources, each once, and the ones that have a problem."""
    taken: defaultdict[str, dict[int, Types]] = defaultdict(dict)  # by identity
    refused: set[str] = set()
    looped = draft.loops_by_destination()
    for alias, bindings in draft.bindings.items():
        if suspects.isdisjoint(draft.graph.into[alias]) and alias not in looped:
            continue
        for one in bindings.bound:
            taken[one.source.alias][id(one.members)] = one.members
        refused.update(
            one.source.alias for one in bindings.problems if isinstance(one, Misfit | Ambiguous)
        )
    return taken, refused


def _left(yields: Types, *several: Types) -> list[Annotation]:
    taken = [one for types in several for one in types]
    if any(normal(one) is Any for one in taken):
        return []
    left = [one for one in yields if normal(one) is not Any and one not in taken]
    known = {describe(one).fingerprint for one in taken} if left else set()
    return [one for one in left if describe(one).fingerprint not in known]


def _untaken(draft: Draft, alias: str, left: list[Annotation], *, some: bool) -> Diagnostic:
    """The finding; `some` is whether anything that it yields is taken."""
    names, after = name_of(union_of(left)), ", ".join(draft.graph.successors(alias))
    verb = gives(draft.interfaces[alias])
    return finding(
        "SW207",
        f"{alias} {verb} {names}, which nothing after it takes ({after})",
        at=draft.edges(alias, next(iter(draft.graph.successors(alias))))[0].span,
        related=[Related(text=f"{alias} {verb} {names}", span=_defined(draft, alias))],
        hint=f"add a parameter or handler for {names}, or "
        + (
            f"let {alias} {gives(draft.interfaces[alias], 2)} nothing of the kind, and annotate "
            "it so"
            if some
            else f"annotate {alias} with `-> None` if it only has to come first"
        ),
        path=alias,
    )
