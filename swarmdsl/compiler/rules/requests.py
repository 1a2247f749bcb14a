"""SW305, SW308: how a task says what its nodes must have, before any node is looked at."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from swarmdsl.compiler.argument import Step, Steps, of_module, of_task
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Span
from swarmdsl.topology.memory import UNITS_IN_WORDS, memory_of, memory_text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    """Who asks for resources, and by which call."""

    who: str
    at: Span | None
    argument: Callable[..., Steps]
    path: str

    def wrong(self, problem: str, hint: str, *within: Step) -> Diagnostic:
        return finding(
            "SW308",
            f"{self.who} {problem}",
            at=self.at,
            steps=self.argument("resources", *within),
            hint=hint,
            path=self.path,
        )


def request_problems(draft: Draft, alias: str) -> Iterator[Diagnostic]:
    """What is wrong with the resources, labels and GPU of one task."""
    task, module = draft.task(alias), draft.module(alias)
    of_its = _Asker(who=f"module {module.name}", at=module.span, argument=of_module, path="")
    yield from _resources(module.resources, of_its)
    of_own = _Asker(who=alias, at=task.span, argument=of_task, path=alias)
    yield from _resources(task.resources, of_own)
    if not isinstance(task.gpu, bool):
        yield finding(
            "SW305",
            f"{alias} has gpu={shown(task.gpu)}, not True or False",
            at=task.span,
            steps=of_task("gpu"),
            hint='give True for one GPU, or a number of them: resources={"gpu": 2}',
            path=alias,
        )
    if task.labels is not None and not _is_labels(task.labels):
        yield finding(
            "SW305",
            f"{alias} has labels={shown(task.labels)}, not a dict from texts to texts",
            at=task.span,
            steps=of_task("labels"),
            hint='give the labels that a node must have, as in labels={"zone": "a"}',
            path=alias,
        )


def _is_labels(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(one, str) for pair in value.items() for one in pair
    )


MEMORY_LEAST = 1024**2  # bytes; whoever asks for fewer has left the unit out


def _resources(said: Any, asker: _Asker) -> Iterator[Diagnostic]:
    if said is None:
        return
    if not isinstance(said, Mapping):
        yield asker.wrong(
            f"has resources={shown(said)}, not a dict",
            'name what a node must have: resources={"cpu": 2, "memory": "4Gi", "gpu": 1}',
        )
        return
    for name, amount in said.items():
        if name not in _KINDS:
            known = ", ".join(map(repr, _KINDS))
            yield asker.wrong(
                f"asks for resource {shown(name)}, which is none of {known}",
                did_you_mean(name, list(_KINDS))
                or "what else a node must be is a label: Task(labels={...})",
                name,
            )
        elif not _KINDS[name][0](amount):
            yield asker.wrong(
                f"asks for {name}={shown(amount)}, which is no amount of it",
                f"give {_KINDS[name][1]}",
                name,
            )
        elif name == "memory" and 0 < memory_of(amount) < MEMORY_LEAST:
            yield asker.wrong(
                f"asks for memory={shown(amount)}, which is {memory_text(memory_of(amount))}: in "
                "less than 1MiB nothing can work",
                f'a number alone is bytes; give a unit, as in "256MiB": {UNITS_IN_WORDS}',
                name,
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
