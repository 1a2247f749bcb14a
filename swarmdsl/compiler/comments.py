"""The comments `# swarm: ignore[...]` of a source file, and the statements that they stand on."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from swarmdsl.dsl.span import Span

_QUICK = b"swarm:"  # what a file without it does not hold needs no tokenizer to know
_DIRECTIVE = re.compile(
    r"#\s*swarm:\s*ignore(?![\w-])\s*(?:\[(?P<codes>[^\[\]#]*)\])?(?P<reason>[^#]*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One such comment.

    Attributes:
        span: where it stands.
        codes: what it names, in capitals and each once; empty if it names nothing.
        reason: the text behind the brackets.
    """

    span: Span
    codes: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The lines of a statement.

    Attributes:
        first: its first line, that of its first decorator included.
        head: the last line of its head; of a statement without a body, its last line.
        last: its last line.
    """

    first: int
    head: int
    last: int

    def doors(self, line: int) -> set[int]:
        """Where a comment about a finding on `line` of the head may stand."""
        if self.head == self.last:
            return {line, self.first, self.last}
        return {line, *range(self.first, self.head + 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented:
    """A file that holds such comments.

    Attributes:
        suppressions: by their lines; no line has two comments.
        heads: by each line of its head, the innermost statement.
    """

    suppressions: Mapping[int, Suppression]
    heads: Mapping[int, Statement]

    def about(self, line: int) -> Iterator[Suppression]:
        """The comments that speak of a finding on this line."""
        statement = self.heads.get(line)
        doors = {line} if statement is None else statement.doors(line)
        return (self.suppressions[one] for one in sorted(doors) if one in self.suppressions)


def commented(file: str, source: bytes) -> Commented | None:
    """The comments of a source; None if it has none, or is no Python.

    >>> commented("words.py", b"x = f()  # swarm: ignore[SW306] later").suppressions[1].codes
    ('SW306',)
    >>> commented("words.py", b"x = '# swarm: ignore[SW306]'") is None
    True
    """
    if _QUICK not in source:
        return None
    try:
        found = {one.span.line: one for one in _suppressions(file, source)}
        heads = _heads(ast.parse(source)) if found else {}
    except (SyntaxError, ValueError, tokenize.TokenError):
        return None
    return Commented(suppressions=found, heads=heads) if found else None


def _suppressions(file: str, source: bytes) -> Iterator[Suppression]:
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT and (found := _DIRECTIVE.search(token.string)):
            line, column = token.start
            start, end = column + found.start() + 1, column + len(found[0].rstrip()) + 1
            yield Suppression(
                span=Span(
                    file=file,
                    line=line,
                    column=start,
                    end_line=line,
                    end_column=end + found.start(),
                ),
                codes=_codes(found["codes"] or ""),
                reason=found["reason"].strip(),
            )


def _codes(text: str) -> tuple[str, ...]:
    named = (one.strip().upper() for one in text.split(","))
    return tuple(dict.fromkeys(one for one in named if one))


def _heads(tree: ast.Module) -> dict[int, Statement]:
    statements = sorted(_statements(tree), key=lambda one: one.first)
    return {line: one for one in statements for line in range(one.first, one.head + 1)}


def _statements(tree: ast.Module) -> Iterator[Statement]:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            last = node.end_lineno or node.lineno
            first = _first(node)
            yield Statement(first=first, head=max(first, min(last, _head(node, last))), last=last)


def _first(node: ast.stmt) -> int:
    decorators: Sequence[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _head(node: ast.stmt, last: int) -> int:
    if isinstance(node, ast.Match):
        return node.subject.end_lineno or node.lineno
    body: Sequence[ast.stmt] = getattr(node, "body", [])
    return _first(body[0]) - 1 if body else last
