"""Where the source sets a value of the swarm itself: in its class, or in its `__init__`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from swarmdsl.compiler.argument import Argument, Steps
from swarmdsl.compiler.source_tree import SourceTree, walked
from swarmdsl.dsl import Span, Swarm
from swarmdsl.dsl.span import span_of_class
from swarmdsl.dsl.swarm import span_of_init

Trees = Callable[[str], SourceTree]

_POSITIONS = {"max_iteration": 0, "limits": 1}  # of `Swarm.__init__`


def setting_span(swarm: Swarm, name: str, within: Steps, trees: Trees) -> Span | None:
    """What an attribute of a swarm is set to, and what lies within that; None if nobody can tell.

    Args:
        swarm: as the user made it.
        name: of the attribute.
        within: the steps to what lies within.
        trees: gives the source of a file.
    """
    if name in vars(swarm):
        return _assigned(swarm, name, within, trees) or _given(swarm, name, within, trees)
    for one in users_classes(swarm):
        if name in vars(one):
            return _last(one, _in_class(name), within, trees)
    return None


def _assigned(swarm: Swarm, name: str, within: Steps, trees: Trees) -> Span | None:
    spans = (_last(one, _of_self(name), within, trees) for one in users_classes(swarm))
    return next((span for span in spans if span is not None), None)


def _given(swarm: Swarm, name: str, within: Steps, trees: Trees) -> Span | None:
    """What the call of `Swarm.__init__` was given."""
    at = span_of_init(swarm)
    tree = None if at is None else trees(at.file)
    call = None if tree is None or at is None else tree.call(at)
    if tree is None or call is None:
        return None
    found = walked(call, (Argument(name, _POSITIONS.get(name)), *within))
    return None if found is None else found.span(tree.file)


def users_classes(swarm: Swarm) -> list[type]:
    """The user's classes, that of the swarm first."""
    others = {"swarmdsl", "builtins"}
    return [one for one in type(swarm).__mro__ if one.__module__.partition(".")[0] not in others]


Finder = Callable[[ast.ClassDef], Iterator[ast.expr]]


def _in_class(name: str) -> Finder:
    """Finds what a class attribute of this name is set to."""

    def found(defined: ast.ClassDef) -> Iterator[ast.expr]:
        for statement in defined.body:
            for target, value in _assignments(statement):
                if isinstance(target, ast.Name) and target.id == name:
                    yield value

    return found


def _of_self(name: str) -> Finder:
    """Finds what the methods of a class set `self.name` to."""

    def found(defined: ast.ClassDef) -> Iterator[ast.expr]:
        for node in ast.walk(defined):
            for target, value in _assignments(node):
                if isinstance(target, ast.Attribute) and target.attr == name:
                    yield value

    return found


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield node.target, node.value


def _last(defined: type, finder: Finder, within: Steps, trees: Trees) -> Span | None:
    at = span_of_class(defined)
    tree = None if at is None else trees(at.file)
    found = None if tree is None or at is None else tree.defined(at.line)
    values = [] if found is None else list(finder(found))
    if tree is None or not values:
        return None
    whole = ast.Tuple(elts=[values[-1]])  # so that the value itself is a step, too
    stretch = walked(whole, (0, *within))
    return None if stretch is None else stretch.span(tree.file)
