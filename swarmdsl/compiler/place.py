"""From scheduling methods and an inventory to the nodes of each task, best first."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from swarmdsl.compiler.asked import resources_of
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import eligibility
from swarmdsl.compiler.load import LeastLoadedFirst
from swarmdsl.dsl import Task
from swarmdsl.topology.garbage import collection_paused

Method = Literal["all", "any", "maximum", "fixed"]
METHODS: tuple[Method, ...] = ("all", "any", "maximum", "fixed")
_ROUNDING = 1e-9  # a share of 0.07 of 100 nodes is 7, not the 8 of its binary rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The nodes that may host a task, best first, and how many of them do."""

    nodes: tuple[str, ...]
    count: int


@collection_paused()
def place(draft: Draft) -> Draft:
    """Give each task its nodes: those with room left first, the least loaded first, ties by name.

    The order is also that in which an `any` task is tried, on as many nodes as its `maximum` says.
    """
    queue, eligible_for = LeastLoadedFirst(draft.inventory.nodes), eligibility(draft.inventory)
    placements: dict[str, Placement] = {}
    for alias, task in draft.tasks():
        module = draft.module(alias)
        nodes, _ = eligible_for(task, module)
        asked = resources_of(task, module)
        ordered = queue.of(nodes, asked)
        wanted = count_of(task, len(ordered))
        placements[alias] = Placement(nodes=ordered[: tried(task)], count=wanted)
        queue.load(ordered[:wanted], asked)
    return replace(draft, placements=placements)


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
