"""Which tasks only go on with what one other task gives: a chain stays on one worker."""

from __future__ import annotations

from collections.abc import Iterable

from swarmdsl.compiler.draft import Draft


def before_in_chain(draft: Draft, aliases: Iterable[str]) -> dict[str, str]:
    """Per task that goes on with a chain, the one before it, of these.

    It comes after that one alone, and alone after it; each runs on one node. So they never work at
    the same time, and what passes between them need not leave the process.
    """
    among = {alias for alias in aliases if draft.placements[alias].count == 1}
    found: dict[str, str] = {}
    for alias in among:
        sources = [*draft.graph.predecessors(alias)]
        if len(sources) != 1 or sources[0] not in among:
            continue
        if len(draft.graph.successors(sources[0])) == 1:
            found[alias] = sources[0]
    return found
