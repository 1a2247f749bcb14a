"""Working something out once per object: types and modules are few, however many the tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Found = TypeVar("Found")


def once_per_object(function: Callable[..., Found]) -> Callable[..., Found]:
    """`function`, called once for the same arguments: the same objects, not merely equal ones.

    Equality would not do: `int | str` equals `str | int`, and is called otherwise. It remembers for
    as long as it lives, so a pass makes one of its own.

    >>> calls = []
    >>> length = once_per_object(lambda word: calls.append(word) or len(word))
    >>> word = "swarm"
    >>> length(word), length(word), calls
    (5, 5, ['swarm'])
    """
    # The arguments are kept too: while they live, no other object has their id.
    known: dict[tuple[int, ...], tuple[Found, tuple[Any, ...]]] = {}

    def remembered(*arguments: Any) -> Found:
        key = tuple(map(id, arguments))
        found = known.get(key)
        if found is None:
            found = known[key] = (function(*arguments), arguments)
        return found[0]

    return remembered
