"""Whether the user's source reads an attribute of the swarm, as far as the source tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from swarmdsl.compiler.settings import Trees, users_classes
from swarmdsl.dsl import Swarm
from swarmdsl.dsl.span import span_of_class


def is_read(swarm: Swarm, name: str, trees: Trees) -> bool:
    """Whether the files of the swarm's classes read its attribute; True if they cannot be read.

    `self.name` in another class is an attribute of that class. Any other reading counts, as nobody
    can tell from the source what it is of.
    """
    for one in users_classes(swarm):
        at = span_of_class(one)
        tree = None if at is None else trees(at.file)
        if at is None or tree is None or tree.tree is None:
            return True
        if reads(tree.tree, name, tree.defined(at.line)):
            return True
    return False


def reads(tree: ast.Module, name: str, defined: ast.ClassDef | None) -> bool:
    """Whether a file reads the attribute `name` of a class that it defines.

    Within the class the bare name counts, too: its body sees what it has set before.

    >>> tree = ast.parse("class A: retries = 3")
    >>> reads(tree, "retries", tree.body[0])
    False
    >>> reads(ast.parse("print(swarm.retries)"), "retries", None)
    True
    """
    inside = set() if defined is None else set(ast.walk(defined))
    if any(isinstance(node, ast.Name) and _loads(node, name) for node in inside):
        return True
    return any(node in inside or not _of_self(node) for node in _readings(tree, name))


def _readings(tree: ast.AST, name: str) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if node.attr == name and isinstance(node.ctx, ast.Load):
                yield node
        elif isinstance(node, ast.Call) and _asks_for(node, name):
            yield node


def _asks_for(call: ast.Call, name: str) -> bool:
    """`getattr(swarm, "name")`."""
    named = isinstance(call.func, ast.Name) and call.func.id == "getattr"
    return named and any(isinstance(one, ast.Constant) and one.value == name for one in call.args)


def _loads(node: ast.Name, name: str) -> bool:
    return node.id == name and isinstance(node.ctx, ast.Load)


def _of_self(node: ast.AST) -> bool:
    base = node.value if isinstance(node, ast.Attribute) else None
    return isinstance(base, ast.Name) and base.id == "self"
