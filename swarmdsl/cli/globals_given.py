"""From `--set key=value` to the globals of a swarm."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from contextlib import suppress

from swarmdsl.cli.exits import UsageError
from swarmdsl.dsl import Swarm

_PLAIN = (str, int, float, list, dict)  # what TOML knows besides is a date, which cannot travel


def globals_given(pairs: Iterable[str]) -> dict[str, object]:
    """The globals that `key=value` texts set; the last one of a key counts.

    Raises:
        UsageError: a text has no `=`, or nothing before it.

    >>> globals_given(["rounds=3", "rate=0.1", "verbose=true", "name=ada"])
    {'rounds': 3, 'rate': 0.1, 'verbose': True, 'name': 'ada'}
    """
    found: dict[str, object] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not (key.strip() and equals):
            raise UsageError(f"--set {pair}: write it as key=value, such as --set rounds=10")
        found[key.strip()] = value_of(text)
    return found


def value_of(text: str) -> object:
    """A value as TOML or JSON writes it; what neither knows is text.

    >>> [value_of(text) for text in ("1_000", "null", '"7"', "seven", "2026-11-21")]
    [1000, None, '7', 'seven', '2026-11-21']
    """
    with suppress(tomllib.TOMLDecodeError):
        document = tomllib.loads(f"value = {text}")
        if set(document) == {"value"} and isinstance(document["value"], _PLAIN):
            return document["value"]
    with suppress(ValueError):
        return json.loads(text)
    return text


def set_globals(swarm: Swarm, values: dict[str, object]) -> None:
    """Set them, as if the swarm's author had; no line of the source is to blame for them."""
    swarm.globals.update(values)
    swarm.global_spans.update(dict.fromkeys(values))
