"""From scheduling methods and an inventory to the nodes of each task, best first."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from swarmdsl.compiler.asked import resources_of
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import eligibility
from swarmdsl.compiler.load import LeastLoadedFirst, Turns, by_name
from swarmdsl.dsl import Task
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.topology.resources import NOTHING, Resources

Method = Literal["all", "any", "maximum", "fixed"]
Strategy = Literal["horizontal", "vertical"]
STRATEGIES: tuple[Strategy, ...] = ("horizontal", "vertical")
METHODS: tuple[Method, ...] = ("all", "any", "maximum", "fixed")
_ROUNDING = 1e-9  # a share of 0.07 of 100 nodes is 7, not the 8 of its binary rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The nodes that may host a task, best first, and how many of them do."""

    nodes: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the tasks of a group that are alike ask for: worked out once for all of them.

    Attributes:
        names: the eligible nodes, by name.
        among: the same as a set.
        asked: the resources of one instance.
        count: how many nodes are to run it.
        tried: how many may be tried; None for all.
        is_packed: whether the nodes with most to do come first.
    """

    names: tuple[str, ...]
    among: frozenset[str]
    asked: Resources
    count: int
    tried: int | None
    is_packed: bool = False


@collection_paused()
def place(draft: Draft) -> Draft:
    """Give each task its nodes: those with room left first, the least loaded first, ties by name.

    Of a task whose strategy is `vertical` it is the most loaded that has a slot and room left.
    The order is also that in which an `any` task is tried, on as many nodes as its `maximum` says.
    Who steps in for those that are chosen takes turns, the nodes of less weight before the others
    (of more, for `vertical`); a task that asks for resources goes by room and load there too. Where
    all eligible nodes run a task, they stand by name.
    """
    queue, turns = LeastLoadedFirst(draft.inventory.nodes), Turns()
    wishes = _wishes(draft)
    placements: dict[str, Placement] = {}
    for alias in draft.graph:
        wish = wishes[alias]
        nodes = _nodes(wish, queue, turns)
        queue.load(nodes[: wish.count], wish.asked)
        placements[alias] = Placement(nodes=nodes[: wish.tried], count=wish.count)
    return replace(draft, placements=placements)


def _wishes(draft: Draft) -> dict[str, Wish]:
    eligible_for = eligibility(draft.inventory)
    found: dict[str, Wish] = {}
    for group in draft.graph.alike:
        task, module = draft.task(group[0]), draft.module(group[0])
        names = by_name(eligible_for(task, module)[0])
        wish = Wish(
            names=names,
            among=frozenset(names),
            asked=resources_of(task, module),
            count=count_of(task, len(names)),
            tried=tried(task),
            is_packed=task.strategy == "vertical",
        )
        found.update(dict.fromkeys(group, wish))
    return found


def _nodes(wish: Wish, queue: LeastLoadedFirst, turns: Turns) -> tuple[str, ...]:
    if wish.count == len(wish.names):
        return wish.names
    first = queue.packed if wish.is_packed else queue.first
    if wish.asked != NOTHING:
        return first(len(wish.names), wish.among, wish.asked)
    chosen = first(wish.count, wish.among, wish.asked)
    others = turns.of(wish.names, chosen)
    return (*chosen, *queue.lightest(others, is_packed=wish.is_packed))


def count_of(task: Task, available: int) -> int:
    """How many of the eligible nodes run a well declared task."""
    maximum = limit_of(task)
    if isinstance(maximum, float):
        return max(1, math.ceil(maximum * available - _ROUNDING))
    if task.method == "any":
        return 1
    return available if maximum is None or task.method == "fixed" else min(maximum, available)


def tried(task: Task) -> int | None:
    """On how many nodes a well declared task may be at most, one after another; None for all."""
    maximum = limit_of(task)
    return maximum if task.method == "any" and isinstance(maximum, int) else None


def limit_of(task: Task) -> int | float | None:
    """The `maximum` of a task; None if it is unset, which -1 also means."""
    maximum: int | float | None = task.maximum
    return None if maximum == -1 else maximum


def is_multiple(task: Task) -> bool:
    """Whether a task may have several instances, so that what it pushes is gathered."""
    return task.method != "any" or isinstance(limit_of(task), float)
