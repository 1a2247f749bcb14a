"""Whether a source never ends by itself, as far as its code tells.

What may leave its loop, by whatever way, may end: only a loop without one is told.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from swarmdsl.light.daemon import Daemon, timers_of

FINISH = "finish"
PRODUCE = "produce"
_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_LOOPS = (ast.While, ast.For, ast.AsyncFor)


def never_ends(source: type[Daemon]) -> bool:
    """Whether a daemon module that nothing is pushed to goes on until the run is stopped."""
    produce = getattr(source, PRODUCE, None)
    if produce is not None:
        return _produces_for_ever(produce)
    return bool(timers_of(source)) and not _may_finish(source)


def _produces_for_ever(produce: Callable[..., Any]) -> bool:
    tree = _tree_of(inspect.unwrap(produce))
    made = tree.body[0] if tree and tree.body else None
    return isinstance(made, ast.FunctionDef | ast.AsyncFunctionDef) and is_endless(made.body)


def is_endless(body: Sequence[ast.stmt]) -> bool:
    """Whether these statements come to no end.

    >>> is_endless(ast.parse("while True: yield 1").body)
    True
    >>> is_endless(ast.parse("while True: break").body)
    False
    """
    for statement in body:
        if isinstance(statement, ast.With | ast.AsyncWith) and is_endless(statement.body):
            return True
        if _leaves(statement):
            return False
        if _repeats_for_ever(statement) and not _breaks(statement):
            return True
    return False


def _repeats_for_ever(statement: ast.stmt) -> bool:
    match statement:
        case ast.While(test=ast.Constant(value=value)):
            return bool(value)
        case (
            ast.For(iter=ast.Call(func=function))
            | ast.Expr(value=ast.YieldFrom(value=ast.Call(func=function)))
        ):
            return ast.unparse(function) in {"count", "itertools.count"}
    return False


def _leaves(statement: ast.stmt) -> bool:
    """Whether something in a statement may leave the function, now or never."""
    return any(
        isinstance(one, ast.Return | ast.Raise) or _is_exit(one) for one in _within(statement)
    )


def _is_exit(node: ast.AST) -> bool:
    """`sys.exit()` and its like."""
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("exit")


def _breaks(loop: ast.AST) -> bool:
    """Whether a `break` leaves this very loop."""
    return any(isinstance(one, ast.Break) for one in _within(loop, but=_LOOPS))


def _within(node: ast.AST, but: tuple[type[ast.AST], ...] = ()) -> Iterator[ast.AST]:
    """All parts of a node that are executed with it; not those of such statements inside."""
    yield node
    for inner in ast.iter_child_nodes(node):
        if not isinstance(inner, (*_LATER, *but)):
            yield from _within(inner, but)


def _may_finish(source: type[Daemon]) -> bool:
    """Whether any class of a module names the method that ends its round, or cannot be read."""
    for one in source.__mro__[: source.__mro__.index(Daemon)]:
        tree = _tree_of(one)
        if tree is None or any(
            isinstance(node, ast.Attribute) and node.attr == FINISH for node in ast.walk(tree)
        ):
            return True
    return False


def _tree_of(defined: Any) -> ast.Module | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(defined)))
    except (OSError, TypeError, SyntaxError):  # of a shell, of C, or cut out of a larger line
        return None
