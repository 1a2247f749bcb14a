"""SW305, SW308: how a task says what its nodes must have, before any node is looked at."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Span
from swarmdsl.topology.memory import UNITS_IN_WORDS, memory_of


def request_problems(draft: Draft, alias: str) -> Iterator[Diagnostic]:
    """What is wrong with the resources, labels and GPU of one task."""
    task, module = draft.task(alias), draft.module(alias)
    yield from _resources(module.resources, f"module {module.name}", module.span, "")
    yield from _resources(task.resources, alias, task.span, alias)
    if not isinstance(task.gpu, bool):
        yield finding(
            "SW305",
            f"{alias} has gpu={shown(task.gpu)}, not True or False",
            at=task.span,
            hint='give True for one GPU, or a number of them: resources={"gpu": 2}',
            path=alias,
        )
    if task.labels is not None and not _is_labels(task.labels):
        yield finding(
            "SW305",
            f"{alias} has labels={shown(task.labels)}, not a dict from texts to texts",
            at=task.span,
            hint='give the labels that a node must have, as in labels={"zone": "a"}',
            path=alias,
        )


def _is_labels(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(one, str) for pair in value.items() for one in pair
    )


def _resources(said: Any, who: str, at: Span | None, path: str) -> Iterator[Diagnostic]:
    if said is None:
        return
    if not isinstance(said, Mapping):
        yield finding(
            "SW308",
            f"{who} has resources={shown(said)}, not a dict",
            at=at,
            hint='name what a node must have: resources={"cpu": 2, "memory": "4Gi", "gpu": 1}',
            path=path,
        )
        return
    for name, amount in said.items():
        if name not in _KINDS:
            known = ", ".join(map(repr, _KINDS))
            yield finding(
                "SW308",
                f"{who} asks for resource {shown(name)}, which is none of {known}",
                at=at,
                hint=did_you_mean(name, list(_KINDS))
                or "what else a node must be is a label: Task(labels={...})",
                path=path,
            )
        elif not _KINDS[name][0](amount):
            yield finding(
                "SW308",
                f"{who} asks for {name}={shown(amount)}, which is no amount of it",
                at=at,
                hint=f"give {_KINDS[name][1]}",
                path=path,
            )


def _is_cpu(amount: Any) -> bool:
    return type(amount) in {int, float} and amount >= 0 and math.isfinite(amount)


def _is_memory(amount: Any) -> bool:
    try:
        return type(amount) in {int, str} and memory_of(amount) >= 0
    except ValueError:
        return False


def _is_gpu(amount: Any) -> bool:
    return type(amount) is int and amount >= 0


_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "cpu": (_is_cpu, "a number of processors from 0, as in 2 or 0.5"),
    "memory": (_is_memory, UNITS_IN_WORDS),
    "gpu": (_is_gpu, "a whole number from 0"),
}
