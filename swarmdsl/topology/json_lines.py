"""On which line each key of a JSON document stands, and whether one is there twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from swarmdsl.topology.places import Path

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_SCALAR = re.compile(r"[^,\]} \t\r\n]+")


def keys_of_json(text: str) -> Iterator[tuple[Path, int]]:
    r"""Every key and item of a valid JSON document with its line, in the order of the text.

    A key that is there twice comes twice.

    >>> list(keys_of_json('{"a":\n [true]}'))
    [(('a',), 1), (('a', 0), 2)]
    """
    line, counted = 1, 0
    for path, start in _Reader(text).value(()):
        line += text.count("\n", counted, start)
        counted = start
        yield path, line


class _Reader:
    """Walks once through a text that `json` has read already."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def value(self, path: Path) -> Iterator[tuple[Path, int]]:
        match self._next():
            case "{":
                yield from self._parts(path, "}")
            case "[":
                yield from self._parts(path, "]")
            case '"':
                self._string()
            case _:
                self._pass(_SCALAR)

    def _parts(self, path: Path, closing: str) -> Iterator[tuple[Path, int]]:
        self._at += 1
        index = 0
        while self._next() != closing:
            start = self._at
            inner: Path = (*path, self._string() if closing == "}" else index)
            yield inner, start
            if closing == "}":
                self._next()
                self._at += 1  # the colon
            yield from self.value(inner)
            index += 1
            if self._next() == ",":
                self._at += 1
        self._at += 1

    def _string(self) -> str:
        text, self._at = _DECODER.raw_decode(self._text, self._at)
        return str(text)

    def _next(self) -> str:
        self._pass(_BLANK)
        return self._text[self._at]

    def _pass(self, what: re.Pattern[str]) -> None:
        match = what.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
