"""Names in annotations that are defined nowhere: misspelt, most likely.

A name that only the type checker imports is defined somewhere in the file, and is none of these.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import types
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib.machinery import PathFinder
from typing import Any, NamedTuple

RESULT = "return"  # as `__annotations__` calls what a function returns


class Undefined(NamedTuple):
    """A name of an annotation, and the names that are there instead.

    Attributes:
        elsewhere: the same name with the module in front that has it; empty if none is imported.
    """

    parameter: str
    name: str
    known: frozenset[str]
    elsewhere: str = ""


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
    values = getattr(plain, "__globals__", {})
    scope = {*values, *code.co_freevars, *vars(builtins)}
    for parameter, raw in getattr(plain, "__annotations__", {}).items():
        tree = _tree(raw)
        if tree is None:
            continue
        missing = [name for name in _names(tree) if name not in scope]
        if missing and missing[0] not in _bound_in(code.co_filename):
            elsewhere = _elsewhere(missing[0], values)
            yield Undefined(parameter, missing[0], frozenset(scope), elsewhere)
        elif not missing:
            yield from _absent_in_modules(parameter, tree, values)


def _tree(raw: object) -> ast.Expression | None:
    """An annotation that is written as text; None of any other, and of what is no expression."""
    if not isinstance(raw, str):
        return None
    try:
        tree = ast.parse(raw.strip(), mode="eval")
    except SyntaxError:
        return None
    if isinstance(tree.body, ast.Constant):  # quoted, and text once more by the __future__ import
        return _tree(tree.body.value) if tree.body.value != raw else None
    return tree


def _names(tree: ast.Expression) -> list[str]:
    """The names that an annotation begins with."""
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _elsewhere(name: str, values: Mapping[str, Any]) -> str:
    """A name with the imported module in front that has it, as in `np.ndarray`."""
    modules = ((known, one) for known, one in values.items() if isinstance(one, types.ModuleType))
    return next((f"{known}.{name}" for known, one in modules if name in vars(one)), "")


def _absent_in_modules(
    parameter: str, tree: ast.Expression, values: Mapping[str, Any]
) -> Iterator[Undefined]:
    """The first name behind a dot that the module in front of it does not have."""
    for node in [one for one in ast.walk(tree) if isinstance(one, ast.Attribute)]:
        module = _module_of(node.value, values)
        if module is not None and not _has(module, node.attr):
            before = ast.unparse(node.value)
            known = frozenset(f"{before}.{name}" for name in dir(module))
            yield Undefined(parameter, f"{before}.{node.attr}", known)
            return


def _has(module: types.ModuleType, name: str) -> bool:
    """Whether a module has a name, or a part of that name that is not imported now."""
    if hasattr(module, name):
        return True
    path = getattr(module, "__path__", None)
    return path is not None and PathFinder.find_spec(f"{module.__name__}.{name}", path) is not None


def _module_of(node: ast.expr, values: Mapping[str, Any]) -> types.ModuleType | None:
    """The module that an expression of names and dots stands for; None if it is none."""
    found: Any = None
    if isinstance(node, ast.Name):
        found = values.get(node.id)
    elif isinstance(node, ast.Attribute):
        found = getattr(_module_of(node.value, values), node.attr, None)
    return found if isinstance(found, types.ModuleType) else None


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
