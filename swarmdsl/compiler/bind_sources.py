"""The tasks of a graph as sources of those after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swarmdsl.compiler.bindings import Source
from swarmdsl.compiler.draft import Draft, LoopEdge
from swarmdsl.compiler.multiplicity import is_each, is_stream, pushes_many
from swarmdsl.compiler.place import is_multiple
from swarmdsl.dsl import Edge

NO_LOOPS: tuple[LoopEdge, ...] = ()


class Sources:
    """Makes the sources of tasks; each is made once, however many tasks come after it."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._loops: Mapping[str, Sequence[LoopEdge]] = draft.loops_by_destination()
        self._made: dict[tuple[str, bool, bool], Source] = {}
        self._multiple = _multiple(draft)
        self._per_result = {end for _, end, (edge, *_) in draft.outspoken() if is_each(edge)}

    def of(self, alias: str) -> list[Source]:
        """What a task comes after, in graph order; then what loops bring to it."""
        before = [self._along(name, edge) for name, edge in self._draft.edges_into(alias)]
        loops = self._loops.get(alias, NO_LOOPS)
        return [*before, *(self._of_loop(loop.source) for loop in loops)]

    def is_stream(self, alias: str) -> bool:
        """Whether one instance of a task may push several values in a round."""
        return self._draft.interfaces[alias].stream or alias in self._per_result

    def is_several(self, alias: str) -> bool:
        """Whether a task may, over all its instances."""
        return alias in self._multiple or self.is_stream(alias)

    def _along(self, alias: str, edge: Edge) -> Source:
        """The task as the source of an edge."""
        kind = (alias, edge.policy == "pair", is_each(edge))
        if kind not in self._made:
            self._made[kind] = self._source(*kind)
        return self._made[kind]

    def _source(self, alias: str, pair: bool, each: bool) -> Source:
        stream = self.is_stream(alias)
        # A pair joins one instance to one, however many pairs there are.
        several = stream if pair else self.is_several(alias)
        return Source(
            alias=alias,
            interface=self._draft.interfaces[alias],
            several=several and not each,
            stream=stream,
            each=each,
        )

    def _of_loop(self, alias: str) -> Source:
        return Source(
            alias=alias,
            interface=self._draft.interfaces[alias],
            several=pushes_many(self._draft, alias),
            stream=is_stream(self._draft, alias),
            loop=True,
        )


def _multiple(draft: Draft) -> frozenset[str]:
    """The tasks that may have several instances; those that are alike are asked once."""
    groups = (group for group in draft.graph.alike if is_multiple(draft.task(group[0])))
    return frozenset(alias for group in groups for alias in group)
