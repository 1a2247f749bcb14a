"""Whether code asks for another round whatever happens, as far as its source tells.

What is asked under a condition, in a loop that may run no time, or behind a way out, may end: only
a request that nothing can keep from being made is one that always comes.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

REQUEST = "schedule_next_iter"
STOP = "stop_swarm"
_WAYS_OUT = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_MAYBE = (ast.IfExp, ast.BoolOp, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp)
_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.GeneratorExp)
_SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)


def line_of_request(body: Sequence[ast.stmt]) -> int | None:
    """The line on which these statements ask for all of the graph again, come what may.

    >>> line_of_request(ast.parse("x = 1; world.schedule_next_iter()").body)
    1
    >>> line_of_request(ast.parse("if x: world.schedule_next_iter()").body) is None
    True
    """
    for statement in body:
        if isinstance(statement, ast.With):
            if (line := line_of_request(statement.body)) is not None:
                return line
        elif isinstance(statement, _SIMPLE):
            found = next(filter(_asks_for_all, _calls(statement)), None)
            if found is not None:
                return found.lineno
        if any(isinstance(one, _WAYS_OUT) or _exits(one) for one in ast.walk(statement)):
            return None
    return None


def request_in(function: Callable[..., Any]) -> tuple[str, int] | None:
    """The file and line of such a request in a function; None if there is none, or no source."""
    plain = inspect.unwrap(function)
    try:
        lines, first = inspect.getsourcelines(plain)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):  # of a shell, of C, or cut out of a larger line
        return None
    file = inspect.getsourcefile(plain)
    made = next((one for one in tree.body if isinstance(one, ast.FunctionDef)), None)
    line = None if made is None else line_of_request(made.body)
    return None if line is None or file is None else (file, first + line - 1)


def request_in_script(source: bytes) -> int | None:
    """The line of such a request in the `main()` of a script."""
    mains = (one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef))
    main = next((one for one in mains if one.name == "main"), None)
    return None if main is None else line_of_request(main.body)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls of a statement that are made whenever it is reached."""
    if isinstance(node, ast.Call):
        yield node
    for inner in ast.iter_child_nodes(node):
        if not isinstance(inner, (*_MAYBE, *_LATER)):
            yield from _calls(inner)


def _asks_for_all(call: ast.Call) -> bool:
    """Without arguments it asks for the whole graph, so also for the one that asks."""
    named = isinstance(call.func, ast.Attribute) and call.func.attr == REQUEST
    return named and not call.args and not call.keywords


def _exits(node: ast.AST) -> bool:
    """`sys.exit()` and its like."""
    return isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node).endswith("exit")
