"""From `--set key=value` to the globals of a swarm."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
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


def declared(swarm: Swarm, own: Collection[str]) -> list[str]:
    """The globals that a swarm sets itself: those that it had before, and those of `execute()`."""
    of_execute = [name for name, span in swarm.global_spans.items() if span is not None]
    return list(dict.fromkeys([*own, *of_execute]))


def misspelt(swarm: Swarm, given: Mapping[str, object], own: Collection[str]) -> Iterator[str]:
    """What to tell of globals that nobody else sets, but whose name is much like one that is.

    Args:
        swarm: compiled, so that its `execute()` has set what it sets.
        given: what `--set` has set.
        own: the names that the swarm had before.

    >>> class Train(Swarm): ...
    >>> swarm = Train()
    >>> swarm.globals.update({"rounds": 10, "rouns": 3})
    >>> list(misspelt(swarm, {"rouns": 3}, ["rounds"]))
    ["--set rouns: the swarm sets no global of that name; did you mean 'rounds'?"]
    """
    for name in given:
        if name in own or swarm.global_spans.get(name) is not None:
            continue
        others = [one for one in swarm.globals if one not in given or one in own]
        near = difflib.get_close_matches(name, others, n=1)
        if near:
            yield f"--set {name}: the swarm sets no global of that name; did you mean {near[0]!r}?"


def set_globals(swarm: Swarm, values: dict[str, object]) -> None:
    """Set them, as if the swarm's author had; no line of the source is to blame for them."""
    swarm.globals.update(values)
    swarm.global_spans.update(dict.fromkeys(values))
