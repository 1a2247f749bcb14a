"""SW501 to SW504: the options of an edge, and how its pushes are spread."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_args

from swarmdsl.compiler.argument import of_edge
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import eligible
from swarmdsl.compiler.gives import gives
from swarmdsl.compiler.key_types import has_key
from swarmdsl.compiler.multiplicity import is_each
from swarmdsl.compiler.place import count_of
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Condition, Edge, Task
from swarmdsl.dsl.module import definition_span
from swarmdsl.dsl.task import tasks_in
from swarmdsl.topology.model import Policy
from swarmdsl.wire.annotations import Annotation, class_of, fields_of, name_of, normal

POLICIES: tuple[Policy, ...] = get_args(Policy)


def check_policies(draft: Draft) -> Iterator[Diagnostic]:
    """SW501: a policy or condition that there is not, a key without its policy or the other way."""
    told = set()
    for source, destination, (edge, *_) in draft.outspoken():
        if meant := tasks_in(edge.condition):
            if edge.call not in told:
                yield _no_list(source, destination, edge, meant)
            told.add(edge.call)
            continue
        for option, problem, hint in (*_policy_problems(edge), *_condition_problems(edge)):
            yield finding(
                "SW501",
                f"the edge from {source} to {destination} has {problem}",
                at=edge.span,
                steps=of_edge(option),
                hint=hint,
                path=f"{source} -> {destination}",
            )


def _no_list(source: str, destination: str, edge: Edge, meant: tuple[Task, ...]) -> Diagnostic:
    """Several sources, where all but the first stand as the condition."""
    names = ", ".join(task.name for task in meant)
    return finding(
        "SW501",
        f"{destination} is called with {names} as the condition of its edge from {source}, and a "
        "task is no condition",
        at=edge.span,
        steps=of_edge("condition"),
        hint=f"several sources go in one list: Task({destination})([{source}, {names}])",
        path=f"{source} -> {destination}",
    )


def is_well_spread(edge: Edge) -> bool:
    """Whether what an edge says of its policy makes sense."""
    return next(_policy_problems(edge), None) is None


def _policy_problems(edge: Edge) -> Iterator[tuple[str, str, str]]:
    """The option that is wrong, what is wrong with it, and the remedy."""
    policy, key = edge.policy, edge.key
    if policy not in POLICIES:
        known = ", ".join(map(repr, POLICIES))
        yield (
            "policy",
            f"policy={shown(policy)}, which is none of {known}",
            did_you_mean(policy, POLICIES)
            or "'broadcast' pushes to every instance, 'balance' to the one with the most credit, "
            "'key' to the one that key= chooses, 'pair' to the one on the same node",
        )
    elif policy == "key" and key is None:
        hint = "add key=, as in key='word' or key=lambda value: ..."
        yield "policy", "policy='key', but no key", hint
    elif policy != "key" and key is not None:
        yield (
            "policy",
            f"key={_written(key)}, but policy={policy!r}",
            "take policy= out: key= alone means policy='key'",
        )
    elif key is not None and not _is_key(key):
        yield (
            "key",
            f"key={_written(key)}, which is no key",
            "give the name of a field, a key of a mapping, an index, or a function of the value",
        )


def _condition_problems(edge: Edge) -> Iterator[tuple[str, str, str]]:
    if not isinstance(edge.condition, Condition):
        yield (
            "condition",
            f"condition={shown(edge.condition)}, which is no Condition",
            "give Condition.FINISHED or Condition.RESULT; from swarmdsl import Condition",
        )


def _written(key: object) -> str:
    return str(getattr(key, "__name__", "<function>")) if callable(key) else shown(key)


def _is_key(key: object) -> bool:
    if callable(key):
        return _takes_one(key)
    return isinstance(key, str) or type(key) is int


def _takes_one(key: Callable[..., Any]) -> bool:
    try:
        signature = inspect.signature(key)
    except (TypeError, ValueError):  # written in C, without a signature
        return True
    try:
        signature.bind(None)
    except TypeError:
        return False
    return True


def check_keys(draft: Draft) -> Iterator[Diagnostic]:
    """SW502: a key that is not in every value that goes along the edge."""
    keyed = {
        (source, destination): edge
        for source, destination, (edge, *_) in draft.outspoken()
        if edge.policy == "key" and not callable(edge.key) and is_well_spread(edge)
    }
    for alias in dict.fromkeys(destination for _, destination in keyed):
        for binding in draft.bindings[alias].bound:
            source = binding.source.alias
            if binding.source.loop or (source, alias) not in keyed:
                continue
            edge = keyed[source, alias]
            for member in binding.members:
                if not has_key(member, edge.key):
                    yield finding(
                        "SW502",
                        f"{source} {gives(binding.source.interface)} {name_of(member)}, "
                        f"which has no {edge.key!r} as key",
                        at=edge.span,
                        steps=of_edge("key"),
                        related=[Related(text=source, span=definition_span(draft.module(source)))],
                        hint=_key_hint(member, edge.key),
                        path=f"{source} -> {alias}",
                    )


def _key_hint(member: Annotation, key: object) -> str:
    outer = class_of(normal(member))
    fields = list((fields_of(outer) if outer is not None else None) or ())
    near = did_you_mean(key, fields)
    known = f"its fields are {', '.join(fields)}; " if fields else ""
    return near or f"{known}a function can give a key of any value: key=lambda value: ..."


def check_pairs(draft: Draft) -> Iterator[Diagnostic]:
    """SW503: `pair` between tasks that do not run on the same nodes."""
    for source, destination, (edge, *_) in draft.outspoken():
        if edge.policy != "pair" or not is_well_spread(edge):
            continue
        if not all(is_well_declared(draft, alias) for alias in (source, destination)):
            continue
        (one, all_one), (other, all_other) = _nodes(draft, source), _nodes(draft, destination)
        if not one or not other or (one == other and all_one and all_other):
            continue  # no node at all is a finding of its own
        yield finding(
            "SW503",
            f"{source} and {destination} are a pair, but {_unpaired(one, other)}"
            if one != other
            else f"{source} and {destination} are a pair, but "
            f"{source if not all_one else destination} takes only some of its nodes",
            at=edge.span,
            steps=of_edge("policy"),
            related=[
                Related(text=f"{alias} may run on {', '.join(sorted(nodes))}", span=span)
                for alias, nodes, span in (
                    (source, one, draft.task(source).span),
                    (destination, other, draft.task(destination).span),
                )
            ],
            hint="let both run on the same nodes: method='all' with the same specified_ids= and "
            "datasets, or method='fixed'",
            path=f"{source} -> {destination}",
        )


def _nodes(draft: Draft, alias: str) -> tuple[set[str], bool]:
    """The eligible nodes of a task, and whether it runs on all of them."""
    task = draft.task(alias)
    nodes, _ = eligible(task, draft.module(alias), draft.inventory)
    return {node.name for node in nodes}, count_of(task, len(nodes)) == len(nodes)


def _unpaired(one: set[str], other: set[str]) -> str:
    alone = sorted(one ^ other)
    return f"only one of them can run on {', '.join(alone[:4])}{', ...' if len(alone) > 4 else ''}"


def check_control_policies(draft: Draft) -> Iterator[Diagnostic]:
    """SW504: a policy or condition for an edge that carries no values."""
    for source, alias, (edge, *_) in draft.outspoken():
        if draft.interfaces[source].yields or not is_well_spread(edge):
            continue
        said = [f"policy={edge.policy!r}"] if edge.policy != "broadcast" else []
        said += ["condition=Condition.RESULT"] if is_each(edge) else []
        if said:
            yield finding(
                "SW504",
                f"the edge from {source} to {alias} has {' and '.join(said)}, "
                f"but {source} {gives(draft.interfaces[source])} no values",
                at=edge.span,
                steps=of_edge("policy" if edge.policy != "broadcast" else "condition"),
                hint="take policy=, key= and condition= out: such an edge only says what comes "
                "first",
                path=f"{source} -> {alias}",
            )
