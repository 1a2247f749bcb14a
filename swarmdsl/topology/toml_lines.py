"""On which line each key of a TOML document stands: what `tomllib` does not tell.

It reads only what `tomllib` has read already, so it need not know what a document must not say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from swarmdsl.topology.places import Lines, Path

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_KEY = re.compile(
    r"""(?:"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+|[ \t]*\.[ \t]*)+""",
)
_SCALAR = re.compile(r"[^,\]}\n#]+")


def lines_of_toml(text: str) -> Lines:
    r"""The line of every key, table and item of a valid TOML document.

    >>> lines_of_toml('a = 1\n\n[[b]]\nc = [\n  2,\n]')[("b", 0, "c", 0)]
    5
    """
    return _Reader(text.replace("\r\n", "\n")).lines()


class _Reader:
    """Walks once through a text and notes where keys begin."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line, self._counted = 1, 0
        self._tables: dict[Path, int] = {}  # how many tables each array of tables has by now
        self._lines: dict[Path, int] = {}

    def lines(self) -> Lines:
        here: Path = ()
        while not self._end():
            if self._text.startswith("[", self._at):
                here = self._header()
            else:
                self._pair(here)
        return self._lines

    def _end(self) -> bool:
        self._skip()
        return self._at >= len(self._text)

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`: the path of what follows."""
        start, many = self._at, self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        self._skip()
        *outer, last = self._key()
        path = self._inside(outer, start)
        self._note((*path, last), start)
        if many:
            number = self._tables.get((*path, last), 0)
            self._tables[*path, last] = number + 1
            path = (*path, last, number)
            self._note(path, start)
        else:
            path = self._inside([*outer, last], start)
        self._skip()
        self._at += 2 if many else 1
        return path

    def _inside(self, keys: list[str], start: int) -> Path:
        """The path of a header's keys: in an array of tables, the last table is meant."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            self._note(path, start)
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
        return path

    def _pair(self, here: Path) -> None:
        start = self._at
        for key in self._key():
            here = (*here, key)
            self._note(here, start)
        self._skip()
        self._at += 1  # the equals sign
        self._value(here)

    def _key(self) -> list[str]:
        match = _KEY.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        return list(_steps(tomllib.loads(f"{match[0]} = 0")))

    def _value(self, path: Path) -> None:
        self._skip()
        match self._text[self._at]:
            case "[":
                self._parts(path, "]")
            case "{":
                self._parts(path, "}")
            case '"' | "'":
                self._pass(_STRING)
            case _:
                self._pass(_SCALAR)

    def _parts(self, path: Path, closing: str) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip()
            if self._text[self._at] == closing:
                break
            if closing == "}":
                self._pair(path)
            else:
                self._note((*path, index), self._at)
                self._value((*path, index))
            index += 1
            self._skip()
            if self._text[self._at] == ",":
                self._at += 1
        self._at += 1

    def _skip(self) -> None:
        self._pass(_BLANK)

    def _pass(self, what: re.Pattern[str]) -> None:
        match = what.match(self._text, self._at)
        assert match is not None
        self._at = match.end()

    def _note(self, path: Path, start: int) -> None:
        self._line += self._text.count("\n", self._counted, start)
        self._counted = start
        self._lines.setdefault(path, self._line)


def _steps(nested: object) -> Iterator[str]:
    """The keys of a dotted key, as `tomllib` understands them."""
    while isinstance(nested, dict):
        [(key, nested)] = nested.items()
        yield key
