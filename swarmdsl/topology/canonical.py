"""Plain values as canonical TOML, at the speed that topologies of a hundred thousand tasks need.

The text is that of `tomli_w.dumps`, byte for byte. That one looks at every character of every text,
and a topology says the same few names over and over: here each is written once and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LINE_MAX = 100  # what is longer is no table in one line
INDENT = " " * 4
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = re.compile(r'[\x00-\x08\x0a-\x1f"\\\x7f]')
_SHORT = {"\b": "\\b", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def toml_of(document: Mapping[str, Any]) -> str:
    """The TOML of what is made of dicts, lists, texts, numbers and truth values alone.

    >>> print(toml_of({"name": "swarm", "links": [{"source": "a"}], "limits": {"restarts": 3}}))
    name = "swarm"
    links = [
        { source = "a" },
    ]
    <BLANKLINE>
    [limits]
    restarts = 3
    <BLANKLINE>
    """
    writer = _Writer()
    writer.table(document, "")
    return "".join(writer.parts)


class _Texts(dict[str, str]):
    """Texts in quotes, each of which is looked at once."""

    def __missing__(self, text: str) -> str:
        self[text] = found = f'"{_ESCAPED.sub(_escaped, text)}"'
        return found


def _escaped(found: re.Match[str]) -> str:
    return _SHORT.get(found[0], f"\\u{ord(found[0]):04x}")


class _Keys(dict[str, str]):
    """Keys, in quotes where they need them."""

    def __missing__(self, key: str) -> str:
        self[key] = found = key if _BARE.fullmatch(key) else f'"{_ESCAPED.sub(_escaped, key)}"'
        return found


class _Writer:
    """One document on its way to text."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._texts = _Texts()
        self._keys = _Keys()

    def table(self, table: Mapping[str, Any], name: str, head: str = "") -> None:
        """Add the lines of a table, then those of the tables inside it."""
        start, inner = len(self.parts), []
        for key, one in table.items():
            if type(one) is str:
                self.parts.append(f"{self._keys[key]} = {self._texts[one]}\n")
            elif type(one) is dict or (short := self._short(one)) is None:
                inner.append((key, one))
            else:
                self.parts.append(f"{self._keys[key]} = {short}\n")
        if head or (name and (len(self.parts) > start or not inner)):
            self.parts.insert(start, head or f"[{name}]\n")
        for key, one in inner:
            full = f"{name}.{self._keys[key]}" if name else self._keys[key]
            each_head = "" if type(one) is dict else f"[[{full}]]\n"
            for each in [one] if type(one) is dict else one:
                if len(self.parts) > start:
                    self.parts.append("\n")
                self.table(each, full, each_head)

    def _short(self, value: Any) -> str | None:
        """A value that is no table; None for a list of tables that do not fit into a line each."""
        if type(value) is not list or not value or type(value[0]) is not dict:
            return self._value(value)
        if set(map(type, value)) != {dict}:
            return self._value(value)
        lines: list[str] = []
        for one in value:
            line = f"{INDENT}{self._value(one)},\n"
            if len(line) > LINE_MAX + 1 or "\n" in line[:-1]:
                return None
            lines.append(line)
        return f"[\n{''.join(lines)}]"

    def _value(self, value: Any, depth: int = 0) -> str:
        if type(value) is str:
            return self._texts[value]
        if type(value) is bool:
            return "true" if value else "false"
        if type(value) is list:
            return self._list(value, depth)
        if type(value) is dict:
            return self._inline(value)
        assert type(value) in {int, float}, value
        return str(value)

    def _inline(self, table: dict[str, Any]) -> str:
        keys, texts = self._keys, self._texts
        pairs = [
            f"{keys[key]} = {texts[one] if type(one) is str else self._value(one)}"
            for key, one in table.items()
        ]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"

    def _list(self, values: list[Any], depth: int) -> str:
        if not values:
            return "[]"
        indent, end = INDENT * (depth + 1), INDENT * depth
        if set(map(type, values)) == {str}:
            inside = f",\n{indent}".join(map(self._texts.__getitem__, values))
        else:
            inside = f",\n{indent}".join(self._value(one, depth + 1) for one in values)
        return f"[\n{indent}{inside},\n{end}]"
