"""What a script's source must be: Python, with a function `main()` at its top level."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.sources import compiled
from swarmdsl.compiler.unpackable import Origin, Unpackable, broken_source
from swarmdsl.dsl import Span

_ADD = "add `def main():` to it; what it returns is pushed to the tasks that come after"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def check_script(module: str, source: bytes, where: str, origin: Origin | None) -> None:
    """Raise what keeps a source from being entered.

    Args:
        module: the name of the module, for the message.
        source: the script.
        where: what a message calls it.
        origin: where it is written; None if nobody knows.

    Raises:
        Unpackable: it is not Python (SW214), or has no `main()` (SW213).
    """
    try:
        tree = compiled(source, where)
    except SyntaxError as problem:
        raise broken_source(module, problem, where, origin) from problem
    bound = dict(_bound(tree.body))
    main = bound.get("main")
    if isinstance(main, ast.AsyncFunctionDef):
        raise Unpackable(
            module,
            f"main() of {where} is an `async def`, which nothing awaits",
            code="SW213",
            hint="write it with `def`, and call asyncio.run() inside it",
            at=_line(main, origin),
        )
    if main is None and "*" not in bound:
        raise _without_main(module, where, tree, bound, origin)


def _without_main(
    module: str, where: str, tree: ast.Module, bound: dict[str, ast.stmt], origin: Origin | None
) -> Unpackable:
    functions = [name for name, one in bound.items() if isinstance(one, _Function)]
    near = did_you_mean("main", functions)
    hidden = next((one for one in ast.walk(tree) if _is_main(one)), None)
    hint = _ADD
    if near:
        name = near.split("'")[1]
        hint = f"rename {name}() to main(): a script is entered there"
        hidden = bound[name]
    elif hidden is not None:
        hint = "move main() to the top level of the script: it is looked for under that name"
    return Unpackable(
        module, f"{where} has no main()", code="SW213", hint=hint, at=_line(hidden, origin)
    )


def _is_main(node: ast.AST) -> bool:
    return isinstance(node, _Function) and node.name == "main"


def _line(node: ast.AST | None, origin: Origin | None) -> Span | None:
    return None if origin is None else origin.span(getattr(node, "lineno", 1))


def _bound(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """The names that statements bind when they are imported; `*` if nobody can tell which."""
    for node in body:
        for name in _names(node):
            yield name, node
        if isinstance(node, ast.If | ast.Try | ast.With) and not _is_guard(node):
            for block in ("body", "orelse", "finalbody"):
                yield from _bound(getattr(node, block, ()))
            for handler in getattr(node, "handlers", ()):
                yield from _bound(handler.body)


def _names(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [one.asname or one.name for one in names]
        case ast.Assign() | ast.AnnAssign():
            return [
                one.id
                for one in ast.walk(node)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            ]
        case _:
            return []


def _is_guard(node: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__":`, which is skipped where a script is imported."""
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)
