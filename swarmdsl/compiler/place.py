"""From scheduling methods and an inventory to the nodes of each task, best first."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Inventory, Module, Node, Task
from swarmdsl.topology.garbage import collection_paused

Method = Literal["all", "any", "maximum", "fixed"]
METHODS: tuple[Method, ...] = ("all", "any", "maximum", "fixed")
_ROUNDING = 1e-9  # a share of 0.07 of 100 nodes is 7, not the 8 of its binary rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The nodes that may host a task, best first, and how many of them do."""

    nodes: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of choosing the eligible nodes: what was asked, and how many nodes were left."""

    asked: str
    left: int


Eligible = tuple[list[Node], list[Step]]


@collection_paused()
def place(draft: Draft) -> Draft:
    """Give each task its nodes: the least loaded first, ties by name."""
    queue, eligible_for = _LeastLoadedFirst(draft.inventory.nodes), eligibility(draft.inventory)
    placements: dict[str, Placement] = {}
    for alias, task in draft.tasks():
        nodes, _ = eligible_for(task, draft.module(alias))
        ordered = queue.of(nodes)
        wanted = count_of(task, len(ordered))
        placements[alias] = Placement(nodes=ordered, count=wanted)
        queue.load(ordered[:wanted])
    return replace(draft, placements=placements)


class _LeastLoadedFirst:
    """The nodes by load per slot, ties by name: kept in order, for a task often loads but one."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._slots = {node.name: node.slots for node in nodes}
        self._load = dict.fromkeys(self._slots, 0)
        self._ranks = sorted((0.0, name) for name in self._slots)
        self._names = [name for _, name in self._ranks]

    def of(self, nodes: Sequence[Node]) -> tuple[str, ...]:
        """The names of these nodes, the least loaded first."""
        if len(nodes) == len(self._names):
            return tuple(self._names)
        wanted = {node.name for node in nodes}
        return tuple(name for name in self._names if name in wanted)

    def load(self, names: Sequence[str]) -> None:
        """Run one task more on each of these nodes."""
        for name in names:
            before = bisect_left(self._ranks, self._rank(name))
            del self._ranks[before], self._names[before]
            self._load[name] += 1
            after = bisect_left(self._ranks, self._rank(name))
            self._ranks.insert(after, self._rank(name))
            self._names.insert(after, name)

    def _rank(self, name: str) -> tuple[float, str]:
        return (self._load[name] / self._slots[name], name)


def eligibility(inventory: Inventory) -> Callable[[Task, Module], Eligible]:
    """As `eligible`, worked out once for all tasks that ask for the same."""
    known: dict[tuple[str, ...], Eligible] = {}

    def eligible_for(task: Task, module: Module) -> Eligible:
        asked = tuple(text for text, _ in _requests(task, module))
        if asked not in known:
            known[asked] = eligible(task, module, inventory)
        return known[asked]

    return eligible_for


def eligible(task: Task, module: Module, inventory: Inventory) -> Eligible:
    """The nodes that satisfy everything a task asks for, and how each request thinned them out."""
    nodes = list(inventory.nodes)
    steps = [Step(asked="nodes in the inventory", left=len(nodes))]
    for asked, allowed in _requests(task, module):
        nodes = [node for node in nodes if allowed(node)]
        steps.append(Step(asked=asked, left=len(nodes)))
    return nodes, steps


class _Named:
    """Whether a node's name is (or is not) on a list."""

    def __init__(self, names: Iterable[str], *, wanted: bool) -> None:
        self._names, self._wanted = frozenset(names), wanted

    def __call__(self, node: Node) -> bool:
        return (node.name in self._names) is self._wanted


class _Offers:
    """Whether a node has a dataset."""

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset

    def __call__(self, node: Node) -> bool:
        return self._dataset in node.datasets


def _requests(task: Task, module: Module) -> Iterator[tuple[str, _Named | _Offers]]:
    if task.specified_ids is not None:
        yield (
            f"in specified_ids={_list(task.specified_ids)}",
            _Named(task.specified_ids, wanted=True),
        )
    if task.excepted_ids:
        yield (
            f"not in excepted_ids={_list(task.excepted_ids)}",
            _Named(task.excepted_ids, wanted=False),
        )
    for dataset in module.datasets:
        yield f"with dataset {dataset!r}", _Offers(dataset)


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(map(repr, names))}]"


def count_of(task: Task, available: int) -> int:
    """How many of the eligible nodes run a well declared task."""
    maximum = limit_of(task)
    if isinstance(maximum, float):
        return max(1, math.ceil(maximum * available - _ROUNDING))
    if task.method == "any":
        return 1
    return available if maximum is None or task.method == "fixed" else min(maximum, available)


def limit_of(task: Task) -> int | float | None:
    """The `maximum` of a task; None if it is unset, which -1 also means."""
    maximum: int | float | None = task.maximum
    return None if maximum == -1 else maximum


def is_multiple(task: Task) -> bool:
    """Whether a task may have several instances, so that what it pushes is gathered."""
    return task.method != "any" or isinstance(limit_of(task), float)
