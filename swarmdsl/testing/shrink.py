"""Makes a list that fails smaller, as long as it still fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")

TRIES_MAX = 64  # runs of what fails


def shrunk(
    items: Sequence[Item], fails: Callable[[Sequence[Item]], bool], tries_max: int = TRIES_MAX
) -> list[Item]:
    """A part of the items that still fails: with enough tries, one of which none can be left out.

    What comes of it once more is the same: what fails need not do so with more of it, so the coarse
    parts are tried again when the fine ones are done.

    Args:
        items: that fail together.
        fails: whether some of them, in their order, still fail.
        tries_max: how often that may be asked.

    >>> shrunk(list(range(100)), lambda some: {17, 42} <= set(some))
    [17, 42]
    """
    kept, parts, tries = list(items), 1, 0
    before = len(kept)
    while kept and tries < tries_max:
        size = -(-len(kept) // parts)
        for start in range(0, len(kept), size):
            if tries >= tries_max:
                return kept
            rest = kept[:start] + kept[start + size :]
            tries += 1
            if fails(rest):
                kept, parts = rest, max(1, parts - 1)
                break
        else:
            if size > 1:
                parts = min(len(kept), 2 * parts)
            elif len(kept) == before:
                return kept
            else:
                before, parts = len(kept), 1
    return kept
