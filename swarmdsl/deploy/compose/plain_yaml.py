"""YAML of plain values, as people write it: no reader is needed to write it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


class Same(str):
    """Stands for the values that an `Anchored` of this name has."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Anchored:
    """Values that are written once, and stand in several places."""

    name: str
    values: Mapping[str, Plain]


MERGED = "<<"
"""The key under which the values of one or several `Same` are merged into those beside it."""

Plain = Anchored | str | int | float | bool | None | Sequence["Plain"] | Mapping[str, "Plain"]

# What every reader of YAML takes for a text, with nothing around it.
_BARE = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
# What ends a line for a reader of YAML, or is no character of one; JSON leaves these as they are.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NO_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def yaml_of(value: Mapping[str, Plain]) -> str:
    """The text; the same values in the same order give the same bytes.

    >>> print(yaml_of({"services": {"a": {"command": ["run", "2"], "read_only": True}}}), end="")
    services:
      a:
        command: [run, "2"]
        read_only: true
    """
    return "".join(f"{line}\n" for line in _lines(value, ""))


def _lines(value: Mapping[str, Plain], indent: str) -> Iterator[str]:
    for key, one in value.items():
        name = f"{indent}{key if key == MERGED else _text(key)}:"
        if isinstance(one, Anchored):
            yield f"{name} &{one.name}"
            yield from _lines(one.values, f"{indent}  ")
        elif isinstance(one, Mapping) and one:
            yield name
            yield from _lines(one, f"{indent}  ")
        elif isinstance(one, list | tuple) and any(isinstance(part, Mapping) for part in one):
            yield name
            for part in one:
                yield f"{indent}  - {_inline(part)}"
        else:
            yield f"{name} {_inline(one)}"


def _inline(value: Plain) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return json.dumps(value)
        case Same():
            return f"*{value}"
        case str():
            return _text(value)
        case Anchored():
            return _inline(value.values)
        case Mapping():
            return "{" + ", ".join(f"{_text(k)}: {_inline(v)}" for k, v in value.items()) + "}"
        case _:
            return "[" + ", ".join(_inline(one) for one in value) + "]"


def _text(text: str) -> str:
    """A text; one that could be read as something else, or has a special sign, is quoted."""
    if _BARE.fullmatch(text) and text.lower() not in _NO_TEXT:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
