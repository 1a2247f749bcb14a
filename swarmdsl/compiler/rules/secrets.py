"""SW317: how a task or a module names the secrets that it may read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from swarmdsl.compiler.argument import Steps, of_module, of_task
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.dsl import Module, Task
from swarmdsl.dsl.span import Span
from swarmdsl.topology.secret_names import WANTED, is_secret_name


def wrong_secrets_of_task(task: Task, alias: str) -> Iterator[Diagnostic]:
    """What is wrong with the names that a task itself declares."""
    yield from _wrong(task.secrets, alias, task.span, of_task("secrets"), alias)


def wrong_secrets_of_module(module: Module) -> Iterator[Diagnostic]:
    """The same of a module, for all of its tasks."""
    yield from _wrong(module.secrets, f"module {module.name}", module.span, of_module("secrets"))


def _wrong(
    value: Any, owner: str, at: Span | None, steps: Steps, path: str = ""
) -> Iterator[Diagnostic]:
    """One finding for a value that is no list, or for each name in it that is none."""
    if value is None:
        return
    if not _is_several(value):
        shown_value, hint = _no_list(value)
        message = f"{owner} has secrets={shown_value}, not a list of names"
        yield finding("SW317", message, at=at, steps=steps, hint=hint, path=path)
        return
    for name in value:
        if not is_secret_name(name):
            yield finding(
                "SW317",
                f"{owner} has a secret with the name {shown(name)}, not {WANTED}",
                at=at,
                steps=(*steps, name) if isinstance(name, str) else steps,
                hint=_remedy(name),
                path=path,
            )


def _no_list(value: object) -> tuple[str, str]:
    """What to show of a value that is no list, and the remedy.

    A dict, or a text that is no name, may hold what must not be told.
    """
    if is_secret_name(value):
        return repr(value), f"write secrets=[{value!r}]"
    return "...", "give names alone, as in secrets=['token']; values are given to the run"


def _is_several(value: Any) -> bool:
    several = isinstance(value, Sequence | set | frozenset)
    return several and not isinstance(value, str | bytes)


def _remedy(name: object) -> str:
    """The same name as it could be written."""
    kept = "".join(one if is_secret_name(f"_{one}") else "_" for one in str(name))[:63]
    written = kept if is_secret_name(kept) else f"_{kept}"
    return f"write secrets=[{written!r}]"
