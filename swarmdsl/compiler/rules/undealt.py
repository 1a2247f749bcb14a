"""SW507 to SW509: pushes that are dealt out to nobody, or to all where a share was meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from swarmdsl.compiler.argument import of_edge
from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.multiplicity import is_each
from swarmdsl.compiler.place import limit_of
from swarmdsl.compiler.rules.edges import is_well_spread
from swarmdsl.compiler.rules.repeated_work import differs
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Edge

_DEALS = ("key", "balance")
Ends = tuple[str, str]


def check_undealt(draft: Draft) -> Iterator[Diagnostic]:
    """Each edge that gives its values to another number of instances than it seems to."""
    dealt = [
        (source, destination, edge)
        for source, destination, (edge, *_) in draft.outspoken()
        if edge.policy in _DEALS and is_well_spread(edge)
    ]
    told: set[str] = set()
    for source, alike in _alike(draft, dealt):
        told.update(alike)
        yield _each_gets_all(draft, source, alike)
    for source, destination, edge in dealt:
        is_single = draft.task(destination).method == "any"
        if is_single and destination not in told and is_well_declared(draft, destination):
            yield _nobody_to_deal_among(source, destination, edge)
    for source, destination, (edge, *_) in draft.outspoken():
        if is_each(edge) and edge.policy == "broadcast" and not edge.says_policy:
            yield from _on_every_node(draft, source, destination, edge)


def _alike(draft: Draft, dealt: Sequence[tuple[str, str, Edge]]) -> Iterator[tuple[str, list[str]]]:
    """The tasks of one module among which a source seems to deal, with the source."""
    groups: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for source, destination, _ in dealt:
        program = draft.module(destination).python_program
        groups[source, id(program)].append(destination)
    for (source, _), aliases in groups.items():
        if len(aliases) > 1:
            yield source, aliases


def _each_gets_all(draft: Draft, source: str, aliases: Sequence[str]) -> Diagnostic:
    first, *_, last = aliases
    edge = draft.edge(source, first)
    number = len(aliases)
    option = "key=" if edge.policy == "key" else "policy='balance'"
    return finding(
        "SW507",
        f"each of the {number} tasks {first} to {last} gets all that {source} pushes: {option} "
        "deals among the instances of one task",
        at=edge.span,
        steps=of_edge("key" if edge.policy == "key" else "policy"),
        hint=f"make one task with {number} instances, as in "
        f"Task({draft.module(first).name}, method='maximum', maximum={number}); there are as many "
        "as nodes that may run it, at most",
        path=f"{source} -> {first}",
    )


def _nobody_to_deal_among(source: str, destination: str, edge: Edge) -> Diagnostic:
    by_key = edge.policy == "key"
    return finding(
        "SW508",
        f"{destination} has one instance, which gets all that {source} pushes: "
        f"{'key=' if by_key else 'policy='} does nothing",
        at=edge.span,
        steps=of_edge("key" if by_key else "policy"),
        hint="say method='all' to have an instance on each node, or method='maximum' with "
        "maximum=n; or take the option out",
        path=f"{source} -> {destination}",
    )


def _on_every_node(draft: Draft, source: str, destination: str, edge: Edge) -> Iterator[Diagnostic]:
    task = draft.task(destination)
    if task.method == "any" or not is_well_declared(draft, destination):
        return
    if limit_of(task) != 1 and not differs(draft, destination):
        yield finding(
            "SW509",
            f"every instance of {destination} runs for every result of {source}, to the same end",
            at=edge.span,
            steps=of_edge("condition"),
            hint="add policy='balance', and each result goes to one of them; or say "
            "policy='broadcast' if all are to have it",
            path=f"{source} -> {destination}",
        )
