"""What `execute()` returned that is no task: where, and what to write instead."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Sequence
from types import CoroutineType, FunctionType, GeneratorType
from typing import Any

from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.dsl import Module, Span, Swarm, Task
from swarmdsl.dsl.span import span_of_class, span_of_def_name

_RETURN = (
    "return the last task of the graph, or a list of them; the tasks that they come after come "
    "along"
)


def no_tasks(swarm: Swarm, returned: object) -> Diagnostic:
    """The finding about something else than tasks."""
    if isinstance(returned, CoroutineType | GeneratorType):
        returned.close()  # else Python warns that nobody awaited it
    return finding(
        "SW103",
        f"{type(swarm).__name__}.execute() returned {_described(returned)}, not a task",
        at=_return_span(swarm) or execute_span(swarm),
        hint=_remedy(returned),
    )


def execute_span(swarm: Swarm) -> Span | None:
    """Where `execute()` is defined; the class itself if it defines none."""
    code = getattr(type(swarm).execute, "__code__", None)
    if code is None or type(swarm).execute is Swarm.execute:
        return span_of_class(type(swarm))
    return span_of_def_name(code)


def _described(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        others = sorted({type(one).__name__ for one in value if not isinstance(one, Task)})
        return f"a list that holds {', '.join(others)}" if others else "an empty list"
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _remedy(returned: Any) -> str:
    if isinstance(returned, GeneratorType):
        return f"write `return` instead of `yield`: {_RETURN}"
    if isinstance(returned, CoroutineType):
        return f"write `def execute`, not `async def`: {_RETURN}"
    if isinstance(returned, Module | FunctionType | type):
        name = getattr(returned, "__name__", None) or getattr(returned, "name", "it")
        return f"make a task of it: `return Task({name})`"
    return _RETURN


def _return_span(swarm: Swarm) -> Span | None:
    """The `return` of execute(), if it has just one that says what."""
    code = getattr(type(swarm).execute, "__code__", None)
    if code is None:
        return None
    try:
        lines, first = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, SyntaxError):  # written in a shell, or not at the start of a line
        return None
    found = [one for one in ast.walk(tree) if isinstance(one, ast.Return) and one.value]
    if len(found) != 1:
        return None
    line = first + found[0].lineno - 1
    return Span(file=code.co_filename, line=line, end_line=line)
