"""SW302, SW303, SW305: how a task asks to be scheduled, before any node is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from swarmdsl.compiler.argument import of_global, of_module, of_swarm, of_task
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.place import METHODS, limit_of
from swarmdsl.compiler.rules.requests import request_problems
from swarmdsl.compiler.rules.running import of_module_problems, of_task_problems
from swarmdsl.compiler.rules.secrets import wrong_secrets_of_module, wrong_secrets_of_task
from swarmdsl.dsl import Module, Task
from swarmdsl.dsl.span import span_of_class


def check_scheduling(draft: Draft) -> Iterator[Diagnostic]:
    """Every wrong value of every task."""
    for alias in draft.graph if draft.ill_declared else ():
        if not is_well_declared(draft, alias):
            yield from _problems(draft, alias)


def ill_declared(draft: Draft) -> frozenset[str]:
    """The tasks whose requests make no sense, so that no nodes can be looked for."""
    groups = (
        group for group in draft.graph.alike if next(_problems(draft, group[0]), None) is not None
    )
    return frozenset(alias for group in groups for alias in group)


def is_well_declared(draft: Draft, alias: str) -> bool:
    """Whether the task's requests make sense; the pass `check` has judged it before any rule."""
    return alias not in draft.ill_declared


def _problems(draft: Draft, alias: str) -> Iterator[Diagnostic]:
    """What is wrong with the scheduling of one task."""
    task = draft.task(alias)
    if task.method not in METHODS:
        yield _method(task, alias)
    yield from _maximum(task, alias)
    for name in ("specified_ids", "excepted_ids"):
        if not _is_names(getattr(task, name)):
            yield _wrong(task, alias, name, getattr(task, name), "a list of node names")
    if not isinstance(task.fixed, bool):
        yield _wrong(task, alias, "fixed", task.fixed, "True or False")
    if task.inputs is not None and not _is_inputs(task.inputs):
        yield _wrong(task, alias, "inputs", task.inputs, "a dict from parameter names to values")
    yield from request_problems(draft, alias)
    yield from of_task_problems(task, alias)
    yield from wrong_secrets_of_task(task, alias)
    yield from _of_module(draft.module(alias))
    yield from of_module_problems(draft.module(alias))
    yield from wrong_secrets_of_module(draft.module(alias))


def _of_module(module: Module) -> Iterator[Diagnostic]:
    """What is wrong with a module: the same for each of its tasks."""
    wanted: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
        ("datasets", _is_names, "a list of names"),
        ("requirements", _is_names, "a list of packages"),
        ("image", lambda value: isinstance(value, str | None), "a text"),
        ("name", lambda value: isinstance(value, str) and value != "", "a text"),
    )
    for name, is_right, expected in wanted:
        value = getattr(module, name)
        if not is_right(value):
            yield finding(
                "SW305",
                f"module {module.name} has {name}={shown(value)}, not {expected}",
                at=module.span,
                steps=of_module(name),
                hint=_remedy(name, value, expected),
            )


def _method(task: Task, alias: str) -> Diagnostic:
    known = ", ".join(repr(method) for method in METHODS)
    return finding(
        "SW302",
        f"{alias} has method={task.method!r}, which is none of {known}",
        at=task.span,
        steps=of_task("method"),
        hint=did_you_mean(task.method, METHODS)
        or "'all' runs on every eligible node, 'any' on one, 'maximum' on at most maximum= of "
        "them, 'fixed' on exactly specified_ids=",
        path=alias,
    )


def _maximum(task: Task, alias: str) -> Iterator[Diagnostic]:
    if not _is_maximum(task.maximum):
        yield finding(
            "SW303",
            f"{alias} has maximum={shown(task.maximum)}, which is no number and no share of nodes",
            at=task.span,
            steps=of_task("maximum"),
            hint="write maximum=3 for at most three nodes, or maximum=0.5 for half of them, above "
            f"0.0 and up to 1.0{'' if task.method == 'maximum' else '; or leave it out'}",
            path=alias,
        )
    elif task.method == "maximum" and limit_of(task) is None:
        yield finding(
            "SW303",
            f"{alias} has method='maximum' but no maximum",
            at=task.span,
            steps=of_task("method"),
            hint="add maximum=, as in maximum=3 or maximum=0.5; or say method='all'",
            path=alias,
        )


def _is_maximum(value: Any) -> bool:
    if value is None:
        return True
    if type(value) is int:
        return value >= 1 or value == -1
    return type(value) is float and 0.0 < value <= 1.0


def _is_names(value: Any) -> bool:
    if value is None:
        return True
    several = isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes)
    return several and all(isinstance(one, str) for one in value)


def _is_inputs(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


def _wrong(task: Task, alias: str, name: str, value: Any, expected: str) -> Diagnostic:
    return finding(
        "SW305",
        f"{alias} has {name}={shown(value)}, not {expected}",
        at=task.span,
        steps=of_task(name),
        hint=_remedy(name, value, expected),
        path=alias,
    )


def _remedy(name: str, value: Any, expected: str) -> str:
    if isinstance(value, str) and expected.startswith("a list"):
        return f"write {name}=[{value!r}]"
    return f"give {expected}, as in {_EXAMPLES[name]}"


_EXAMPLES = {
    "specified_ids": "specified_ids=['node1', 'node2']",
    "excepted_ids": "excepted_ids=['node1']",
    "fixed": "fixed=True",
    "inputs": "inputs={'number': 3}",
    "datasets": "datasets=['digits']",
    "requirements": "requirements=['numpy>=1.26']",
    "image": "image='python:3.12'",
    "name": "name='trainer'",
}


def check_swarm(draft: Draft) -> Iterator[Diagnostic]:
    """SW305 for the values of the swarm itself."""
    rounds: Any = draft.swarm.max_iteration
    name: Any = draft.swarm.name
    at = span_of_class(type(draft.swarm))
    if rounds is not None and (type(rounds) is not int or rounds < 1):
        yield finding(
            "SW305",
            f"the swarm has max_iteration={rounds!r}, not a number of rounds",
            at=at,
            steps=of_swarm("max_iteration"),
            hint="give a whole number from 1, as in max_iteration=10, or None for one round and "
            "each that is requested",
        )
    tags: list[Any] = list(draft.swarm.globals)
    for tag in tags:
        if not isinstance(tag, str):
            yield finding(
                "SW305",
                f"a global has the tag {shown(tag)}, not a text",
                at=draft.swarm.global_spans.get(tag),
                steps=of_global("tag"),
                hint=f"write self.set_global({str(tag)!r}, ...)",
            )
    if not isinstance(name, str) or not name:
        yield finding(
            "SW305",
            f"the swarm has name={name!r}, not a text",
            at=at,
            steps=of_swarm("name"),
            hint="set name = '...' in the class",
        )
