"""The user's source as a tree, in which a call is found by its span, and its arguments by name."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from swarmdsl.compiler.argument import Argument, Step, Steps
from swarmdsl.dsl import Span
from swarmdsl.dsl.span import column_at, offset_at

Read = Callable[[Path], bytes]
_Several = ast.List | ast.Tuple | ast.Set


def source_of(file: str, read: Read) -> bytes:
    """The text of a source file; of a cell of a notebook or of a shell, what Python remembers."""
    try:
        return read(Path(file))
    except OSError:
        return "".join(linecache.getlines(file)).encode()


class Stretch(NamedTuple):
    """A piece of source: from the beginning of one expression to the end of the last."""

    first: ast.expr
    last: ast.expr

    def span(self, file: str) -> Span:
        """Where it stands."""
        line, end_line = self.first.lineno, self.last.end_lineno or self.last.lineno
        return Span(
            file=file,
            line=line,
            column=column_at(file, line, self.first.col_offset),
            end_line=end_line,
            end_column=column_at(file, end_line, self.last.end_col_offset or 0),
        )


@dataclass(frozen=True)
class SourceTree:
    """A parsed file; None instead of its tree if it is no Python, or not there."""

    file: str
    tree: ast.Module | None

    @cached_property
    def _calls(self) -> dict[tuple[int | None, int | None], ast.Call]:
        """Every call by where it ends: no two end at one place."""
        nodes = ast.walk(self.tree) if self.tree is not None else ()
        calls = (node for node in nodes if isinstance(node, ast.Call))
        return {(call.end_lineno, call.end_col_offset): call for call in calls}

    def call(self, span: Span) -> ast.Call | None:
        """The call that a span is of."""
        offset = offset_at(self.file, span.end_line, span.end_column)
        return self._calls.get((span.end_line, offset))

    def defined(self, line: int) -> ast.ClassDef | None:
        """The class whose definition begins on a line, with its first decorator if it has one."""
        nodes = ast.walk(self.tree) if self.tree is not None else ()
        classes = (node for node in nodes if isinstance(node, ast.ClassDef))
        return next((one for one in classes if _first_line(one) == line), None)


def source_tree(file: str, read: Read) -> SourceTree:
    """The tree of a file."""
    try:
        return SourceTree(file, ast.parse(source_of(file, read)))
    except (SyntaxError, ValueError):  # edited since it was imported, perhaps
        return SourceTree(file, None)


def _first_line(node: ast.ClassDef) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def walked(node: ast.expr, steps: Steps) -> Stretch | None:
    """What steps lead to, as far as the source shows it; None if not even the first is there.

    >>> call = ast.parse("Task(f, resources={'cpu': 1})", mode="eval").body
    >>> walked(call, (Argument("resources"), "cpu")).span("f.py").column
    20
    """
    found: Stretch | None = None
    for step in steps:
        further = _stepped(node if found is None else found.last, step)
        if further is None:
            break
        found = further
    return found


def _stepped(node: ast.expr, step: Step) -> Stretch | None:
    match node, step:
        case ast.Call(), Argument():
            return _alone(_given(node, step))
        case ast.Call(), str():
            return _alone(_given(node, Argument(step)))
        case ast.Dict(), str():
            return next(_items(node, step), None)
        case ((ast.List() | ast.Tuple() | ast.Set()), (str() | int())):
            return _alone(_one_of(node, step))
        case _:
            return None


def _alone(node: ast.expr | None) -> Stretch | None:
    return None if node is None else Stretch(node, node)


def _given(call: ast.Call, wanted: Argument) -> ast.expr | None:
    """An argument of a call; None if it is left out, or hidden in `*args` or `**kwargs`."""
    named = (one.value for one in call.keywords if one.arg == wanted.name)
    placed = None if wanted.position is None else _at(call.args, wanted.position)
    return next(named, placed)


def _at(nodes: list[ast.expr], position: int) -> ast.expr | None:
    """The item at a position, unless nobody can tell from the source which that is."""
    before = nodes[: position + 1]
    told = len(before) > position and not any(isinstance(one, ast.Starred) for one in before)
    return nodes[position] if told else None


def _items(node: ast.Dict, wanted: str) -> Iterator[Stretch]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == wanted:
            yield Stretch(key, value)


def _one_of(node: _Several, wanted: str | int) -> ast.expr | None:
    if isinstance(wanted, int):
        return _at(node.elts, wanted)
    alike = (one for one in node.elts if isinstance(one, ast.Constant) and one.value == wanted)
    return next(alike, None)
