"""SW505: whether a task can run for each result of a task before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from swarmdsl.compiler.argument import of_edge
from swarmdsl.compiler.bindings import Binding
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.interface import Port
from swarmdsl.compiler.multiplicity import is_each
from swarmdsl.dsl.module import definition_span
from swarmdsl.wire.annotations import name_of
from swarmdsl.wire.types import accepts


def check_results(draft: Draft) -> Iterator[Diagnostic]:
    """Every edge whose results find no run of their own."""
    per_result = (end for _, end, (edge, *_) in draft.outspoken() if is_each(edge))
    for alias in dict.fromkeys(per_result):
        if alias in draft.graph.daemons:
            yield from _into_daemon(draft, alias)
            continue
        ports: defaultdict[str, list[Binding]] = defaultdict(list)
        for binding in draft.bindings[alias].bound:
            ports[binding.port].append(binding)
        if not draft.interfaces[alias].open:
            yield from _mixed(draft, alias, ports)
            yield from _not_optional(draft, alias, ports)


def _into_daemon(draft: Draft, alias: str) -> Iterator[Diagnostic]:
    for source, edge in draft.edges_into(alias):
        if is_each(edge):
            yield finding(
                "SW505",
                f"{alias} is a daemon module, which runs for no result of {source}: "
                "it handles each push as it comes",
                at=edge.span,
                steps=of_edge("condition"),
                hint="take condition= out",
                path=f"{source} -> {alias}",
            )


def _mixed(draft: Draft, alias: str, ports: dict[str, list[Binding]]) -> Iterator[Diagnostic]:
    for name, bound in ports.items():
        each = [one.source.alias for one in bound if one.source.each]
        others = [one.source.alias for one in bound if not one.source.each]
        if each and others:
            yield finding(
                "SW505",
                f"{name} of {alias} would take each result of {', '.join(each)} and "
                f"all of {', '.join(others)}",
                at=draft.edge(each[0], alias).span,
                steps=of_edge("condition"),
                related=[Related(text=alias, span=definition_span(draft.module(alias)))],
                hint=f"give {others[0]} a parameter of its own, or both the same condition",
                path=f"{each[0]} -> {alias}",
            )


def _not_optional(
    draft: Draft, alias: str, ports: dict[str, list[Binding]]
) -> Iterator[Diagnostic]:
    each = {name: bound for name, bound in ports.items() if any(one.source.each for one in bound)}
    known = {port.name: port for port in draft.interfaces[alias].ports}
    needed = [known[name] for name in each if not is_optional(known[name])]
    if len(each) < 2 or not needed:
        return
    first = each[needed[0].name][0].source.alias
    takes = ", ".join(f"{port.name}: {name_of(port.annotation)}" for port in needed)
    yield finding(
        "SW505",
        f"{alias} runs for each result of several tasks, and no run has all of {', '.join(each)}; "
        f"but {takes} must be there",
        at=draft.edge(first, alias).span,
        steps=of_edge("condition"),
        related=[Related(text=alias, span=definition_span(draft.module(alias)))],
        hint="let one parameter take all of them, as in value: int | str, or give each a default",
        path=f"{first} -> {alias}",
    )


def is_optional(port: Port) -> bool:
    """Whether a parameter can be left without a value."""
    return not port.required or (port.annotated and accepts(type(None), port.annotation))
