"""Values for people and for programs: short text, and what JSON can say."""

from __future__ import annotations

import base64
import json
import math
import re
import reprlib
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

LINES_MAX = 40  # of a pretty value: about a screen
LINE_CHARACTERS_MAX = 80  # of a value in a table

_LEFT_OUT = re.compile(r"\.\.\. \+\d|['\"]\+\d")  # as rich marks it: `... +950`, `'abc'+2000`
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60


def one_line(value: object) -> str:
    """A value in a table or a line of a log: cut, if it is long.

    >>> one_line({"accuracy": 0.93}), len(one_line("x" * 1_000)) < 100
    ("{'accuracy': 0.93}", True)
    """
    text = " ".join(_SHORT.repr(value).split())
    if len(text) <= LINE_CHARACTERS_MAX:
        return text
    return f"{text[: LINE_CHARACTERS_MAX - 3]}..."


def pretty(value: object, width: int = 100) -> tuple[str, bool]:
    """A value over as many lines as it needs, and whether something of it was left out.

    >>> pretty([1, 2])
    ('[1, 2]', False)
    """
    from rich.pretty import pretty_repr

    text = pretty_repr(value, max_width=width, max_length=50, max_string=2_000, max_depth=8)
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        return "\n".join([*lines[:LINES_MAX], "..."]), True
    return text, _LEFT_OUT.search(text) is not None


def as_json(document: dict[str, Any]) -> str:
    """A document as JSON text, with a version that its reader can check.

    >>> as_json({"value": {1, 2}}).split()
    ['{', '"format_version":', '"1.0",', '"value":', '[', '1,', '2', ']', '}']
    """
    versioned = {"format_version": "1.0", **document}
    return json.dumps(plain(versioned), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """A value as JSON can say it: what is neither number nor text becomes text.

    Bytes become base64, a number that is not finite null, an array nested lists.

    >>> plain({("a", 1): (float("nan"), b"xy")})
    {"('a', 1)": [None, 'eHk=']}
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): plain(value[key]) for key in value}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return [plain(one) for one in sorted(value, key=repr)]
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    return _plain_object(value)


def _plain_object(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    for method in ("model_dump", "tolist", "isoformat"):  # pydantic, numpy, dates and times
        if hasattr(value, method):
            return plain(getattr(value, method)())
    return str(value)
