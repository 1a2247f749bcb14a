"""Which tasks are tried on another node after each failure (rule 17)."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.asked import retries_of
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.place import tried


def retried_elsewhere(draft: Draft) -> Iterator[str]:
    """The aliases of tasks whose retries go from node to node.

    They have `method="any"`, a whole number as `maximum`, several candidates and `retries`. What
    another node needs for it must still be there: so nothing may be pushed to them at most once, or
    start a run of its own, and neither may they be bound to a node, as one of a pair or by `fixed`.
    """
    bound = {
        alias
        for link in draft.links
        for alias in (link.source, link.destination)
        if link.policy == "pair"
        or (
            alias == link.destination
            and (link.condition == "result" or link.delivery == "at_most_once")
        )
    }
    for alias in draft.graph:
        task = draft.task(alias)
        if (
            tried(task) is not None
            and len(draft.hosts[alias]) > 1
            and retries_of(task, draft.module(alias))
            and not task.fixed
            and alias not in bound
        ):
            yield alias
