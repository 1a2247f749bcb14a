"""Where code reads a global and sets it anew from what it has read, as far as its source tells.

Only a tag that is the same for all instances of a task is told: one that a parameter or a node
gives may be of one instance alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

ATTRIBUTE, CLASS = "globals", "Globals"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Update:
    """A statement that sets a global from what it was.

    Attributes:
        line: of the source, from 1.
        target: what is set, as it is written.
    """

    line: int
    target: str


def updates_in(tree: ast.AST) -> Iterator[Update]:
    """Each of them in a tree, function by function.

    >>> [*updates_in(ast.parse("def f(world): world.globals['n'] += 1"))]
    [Update(line=1, target="world.globals['n']")]
    """
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            scope = _scope_of(node)
            yield from (found for one in _own(node) if (found := _update(one, scope)) is not None)


@dataclass(slots=True)
class _Scope:
    """What the names of a function are: its parameters, globals, and what else is assigned.

    Attributes:
        given: names of its parameters.
        holders: names that are globals.
        assigned: what is assigned to each other name.
    """

    given: set[str] = field(default_factory=set)
    holders: set[str] = field(default_factory=set)
    assigned: dict[str, list[ast.expr]] = field(default_factory=dict)


def _scope_of(function: _Function) -> _Scope:
    scope, arguments = _Scope(), function.args
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        scope.given.add(one.arg)
        if one.annotation is not None and ast.unparse(one.annotation).strip("'\"").endswith(CLASS):
            scope.holders.add(one.arg)
    for node in _own(function):
        for name, value in _assigned(node):
            scope.assigned.setdefault(name, []).append(value)
            if _makes_globals(value):
                scope.holders.add(name)
    return scope


def _own(function: _Function) -> Iterator[ast.AST]:
    """All parts of a function but those of functions inside."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, _Function):
            waiting = [*ast.iter_child_nodes(node), *waiting]


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((one.id, value) for one in targets if isinstance(one, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case (
            ast.For(target=ast.Name(id=name), iter=value)
            | ast.NamedExpr(target=ast.Name(id=name), value=value)
        ):
            yield name, value
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            yield name, value


def _makes_globals(value: ast.expr) -> bool:
    match value:
        case ast.Attribute(attr=attribute):
            return attribute == ATTRIBUTE
        case ast.Call(func=called, args=[]):
            return ast.unparse(called).split(".")[-1] == CLASS
    return False


def _update(node: ast.AST, scope: _Scope) -> Update | None:
    match node:
        case ast.AugAssign(target=ast.Subscript() as target):
            reads: Sequence[ast.AST] = [target]
        case ast.Assign(targets=[ast.Subscript() as target], value=value):
            reads = [one for one in ast.walk(value) if _reads(one, target)]
        case _:
            return None
    if reads and _is_globals(target.value, scope) and _is_shared(target.slice, scope, {}):
        return Update(target.lineno, ast.unparse(target))
    return None


def _reads(node: ast.AST, target: ast.Subscript) -> bool:
    """Whether an expression is the value that the target has: `held[tag]`, or `held.get(tag)`."""
    match node:
        case ast.Subscript(value=held, slice=tag):
            pass
        case ast.Call(func=ast.Attribute(value=held, attr="get"), args=[tag, *_]):
            pass
        case _:
            return False
    return ast.dump(held) == ast.dump(target.value) and ast.dump(tag) == ast.dump(target.slice)


def _is_globals(held: ast.expr, scope: _Scope) -> bool:
    if isinstance(held, ast.Name):
        return held.id in scope.holders
    return _makes_globals(held)


def _is_shared(tag: ast.expr, scope: _Scope, seen: Mapping[str, bool]) -> bool:
    """Whether a tag is the same wherever the code runs."""
    match tag:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            if name in seen or name in scope.given:
                return False
            inner = {**seen, name: True}
            return all(_is_shared(one, scope, inner) for one in scope.assigned.get(name, ()))
        case ast.JoinedStr(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(_is_shared(one, scope, seen) for one in parts)
        case ast.FormattedValue(value=value):
            return _is_shared(value, scope, seen)
        case ast.BinOp(left=left, right=right):
            return _is_shared(left, scope, seen) and _is_shared(right, scope, seen)
    return False
