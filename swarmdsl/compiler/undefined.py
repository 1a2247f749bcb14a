"""Names in annotations that are defined nowhere: misspelt, most likely.

A name that only the type checker imports is defined somewhere in the file, and is none of these.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

RESULT = "return"  # as `__annotations__` calls what a function returns


class Undefined(NamedTuple):
    """A name of an annotation, and the names that are there instead."""

    parameter: str
    name: str
    known: frozenset[str]


def undefined_in(function: Callable[..., Any]) -> Iterator[Undefined]:
    """The first such name of each annotation of a function.

    >>> def work(line: "Strng") -> "int": ...
    >>> [(one.parameter, one.name) for one in undefined_in(work)]
    [('line', 'Strng')]
    """
    plain = inspect.unwrap(function)
    code = getattr(plain, "__code__", None)
    if code is None:
        return
    scope = {*getattr(plain, "__globals__", {}), *code.co_freevars, *vars(builtins)}
    for parameter, raw in getattr(plain, "__annotations__", {}).items():
        missing = [name for name in _names(raw) if name not in scope]
        if missing and missing[0] not in _bound_in(code.co_filename):
            yield Undefined(parameter, missing[0], frozenset(scope))


def _names(raw: object) -> list[str]:
    """The names that an annotation written as text begins with."""
    if not isinstance(raw, str):
        return []
    try:
        tree = ast.parse(raw.strip(), mode="eval")
    except SyntaxError:
        return []
    if isinstance(tree.body, ast.Constant):  # quoted, and text once more by the __future__ import
        return _names(tree.body.value) if tree.body.value != raw else []
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


@lru_cache(maxsize=32)
def _bound_in(file: str) -> frozenset[str]:
    """Every name that a file binds anywhere, under whatever condition."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found.update((one.asname or one.name).partition(".")[0] for one in names)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
    return frozenset(found)
