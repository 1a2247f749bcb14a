"""Whether a value that `--set` gives is of the kind that the swarm itself sets."""

from __future__ import annotations

import json
from collections.abc import Mapping

from swarmdsl.cli.exits import UsageError

SHOWN_MAX = 40  # characters of a value

_Kind = tuple[tuple[type, ...], str, str]
"""Its classes, what people call it, and one as it is written on a command line."""

_KINDS: tuple[_Kind, ...] = (
    ((bool,), "a truth value", "true"),  # before numbers, which it also is
    ((int, float), "a number", "10"),
    ((str,), "a text", "'\"ada\"'"),
    ((list, tuple), "a list", "'[1, 2]'"),
    ((dict,), "a dict", "'{\"a\": 1}'"),
)


def refuse_other_kinds(given: Mapping[str, object], own: Mapping[str, object]) -> None:
    """Refuse globals that are of another kind than those that the swarm sets.

    What the swarm sets to None, or to what no command line can write, is of any kind; and null may
    be given for everything.

    Args:
        given: what `--set` sets.
        own: what the swarm had before.

    Raises:
        UsageError: there are such; it says what is expected, and how to write it.

    >>> refuse_other_kinds({"rounds": 8, "rate": 1, "names": ["a"]}, {"rounds": 10, "rate": 0.5})
    """
    problems = [
        problem for name, value in given.items() if (problem := _objection(name, value, own))
    ]
    if problems:
        raise UsageError("\n".join(problems))


def _objection(name: str, value: object, own: Mapping[str, object]) -> str:
    wanted = _kind_of(own.get(name))
    if wanted is None or value is None or _kind_of(value) == wanted:
        return ""
    _, expected, example = wanted
    example = f"'{json.dumps(str(value))}'" if expected == "a text" else example
    return (
        f"--set {name}: the swarm sets {expected} ({_shown(own[name])}), and {_shown(value)} is "
        f"none; write --set {name}={example}"
    )


def _kind_of(value: object) -> _Kind | None:
    return next((kind for kind in _KINDS if isinstance(value, kind[0])), None)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 3]}..."
