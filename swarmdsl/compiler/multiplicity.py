"""How many values a task may push in a round, which decides whether those after it gather."""

from __future__ import annotations

from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.place import is_multiple
from swarmdsl.dsl import Condition, Edge


def is_each(edge: Edge) -> bool:
    """Whether an edge brings its values one by one, each to a run of its own."""
    return edge.condition is Condition.RESULT


def runs_per_result(draft: Draft, alias: str) -> bool:
    """Whether a task may run several times in a round."""
    return any(is_each(edge) for _, edge in draft.edges_into(alias))


def is_stream(draft: Draft, alias: str) -> bool:
    """Whether one instance of a task may push several values in a round."""
    return draft.interfaces[alias].stream or runs_per_result(draft, alias)


def pushes_many(draft: Draft, alias: str) -> bool:
    """Whether a task may push several values in a round, over all its instances."""
    return is_stream(draft, alias) or is_multiple(draft.task(alias))
