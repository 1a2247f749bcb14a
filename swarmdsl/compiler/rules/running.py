"""SW305, SW316, SW318: how long a run may take, what follows a failure, and its environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from swarmdsl.compiler.argument import of_module, of_task
from swarmdsl.compiler.asked import env_of, retries_of
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.place import STRATEGIES
from swarmdsl.dsl import Module, Task
from swarmdsl.topology.bounds import is_seconds

ON_NODE_LOSS = ("fail", "continue")
RETRIES_MAX = 1_000  # beyond which nobody means what they write


def _is_retries(value: Any) -> bool:
    return type(value) is int and 0 <= value <= RETRIES_MAX


def _is_env(value: Any) -> bool:
    """Names and texts that the operating system takes."""
    return isinstance(value, Mapping) and all(
        isinstance(name, str)
        and isinstance(text, str)
        and name
        and not {"=", "\0"} & set(name)
        and "\0" not in text
        for name, text in value.items()
    )


_WANTED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "timeout": (is_seconds, "a number of seconds above 0"),
    "retries": (_is_retries, f"a whole number from 0 to {RETRIES_MAX}"),
    "env": (_is_env, "a dict from names to texts"),
}


def of_task_problems(task: Task, alias: str) -> Iterator[Diagnostic]:
    """Every such option of a task that has no such value."""
    if task.on_node_loss not in ON_NODE_LOSS:
        yield finding(
            "SW305",
            f"{alias} has on_node_loss={shown(task.on_node_loss)}, not 'fail' or 'continue'",
            at=task.span,
            steps=of_task("on_node_loss"),
            hint=did_you_mean(task.on_node_loss, ON_NODE_LOSS)
            or "'fail' ends the run when an instance is lost for good, 'continue' goes on without",
            path=alias,
        )
    if task.strategy not in STRATEGIES:
        yield finding(
            "SW305",
            f"{alias} has strategy={shown(task.strategy)}, not 'horizontal' or 'vertical'",
            at=task.span,
            steps=of_task("strategy"),
            hint=did_you_mean(task.strategy, STRATEGIES)
            or "'horizontal' spreads over the nodes with least to do, 'vertical' packs those with "
            "most that have room",
            path=alias,
        )
    for name, value, expected in _wrong(task):
        yield finding(
            "SW305",
            f"{alias} has {name}={shown(value)}, not {expected}",
            at=task.span,
            steps=of_task(name),
            hint=f"give {expected}",
            path=alias,
        )


def of_module_problems(module: Module) -> Iterator[Diagnostic]:
    """The same of a module, for all of its tasks."""
    for name, value, expected in _wrong(module):
        yield finding(
            "SW305",
            f"module {module.name} has {name}={shown(value)}, not {expected}",
            at=module.span,
            steps=of_module(name),
            hint=f"give {expected}",
        )


def _wrong(declared: Task | Module) -> Iterator[tuple[str, Any, str]]:
    for name, (is_right, expected) in _WANTED.items():
        value = getattr(declared, name)
        if value is not None and not is_right(value):
            yield name, value, expected


def check_running(draft: Draft) -> Iterator[Diagnostic]:
    """SW316, SW318: one finding for each task that asks for what it cannot have."""
    for group in draft.well_declared():
        task, module = draft.task(group[0]), draft.module(group[0])
        share = isinstance(task.maximum, float)  # Then `any` means `maximum`.
        if task.method == "any" and not share and task.on_node_loss == "continue":
            yield from (_alone(draft, alias) for alias in group)
        if module.kind == "daemon" and retries_of(task, module):
            yield from (_retried_daemon(draft, alias) for alias in group)
        if module.kind == "function" and env_of(task, module):
            yield from (_function_with_env(draft, alias) for alias in group)


def _alone(draft: Draft, alias: str) -> Diagnostic:
    return finding(
        "SW318",
        f"{alias} has on_node_loss='continue' and one instance: without it there is nothing to go "
        "on with",
        at=draft.task(alias).span,
        steps=of_task("on_node_loss"),
        hint="take on_node_loss= out: an instance of method='any' moves to another node if there "
        "is one; or let several nodes do the work, with method='all' or 'maximum'",
        path=alias,
    )


def _retried_daemon(draft: Draft, alias: str) -> Diagnostic:
    task, module = draft.task(alias), draft.module(alias)
    return finding(
        "SW316",
        f"{alias} has retries={retries_of(task, module)}, but is a daemon module, whose state has "
        "changed when a handler fails",
        at=task.span if task.retries is not None else module.span,
        steps=of_task("retries") if task.retries is not None else of_module("retries"),
        hint="take retries= out, and let the handler catch what it can bear",
        path=alias,
    )


def _function_with_env(draft: Draft, alias: str) -> Diagnostic:
    task, module = draft.task(alias), draft.module(alias)
    name = next(iter(env_of(task, module)))
    return finding(
        "SW316",
        f"{alias} has env={{{name!r}: ...}}, but is a function, whose process is a worker that it "
        "shares with other tasks",
        at=task.span if task.env else module.span,
        steps=of_task("env") if task.env else of_module("env"),
        hint="hand the value over with inputs=, or make the task a script, which has a process of "
        "its own",
        path=alias,
    )
