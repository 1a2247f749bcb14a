"""SW705: the path's latency against its budget."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from swarmdsl.compiler.argument import of_swarm
from swarmdsl.compiler.capacity import Capacity, Load
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.figures import duration, share
from swarmdsl.compiler.latency import Stage, instances_for, seconds_of, slowest_path
from swarmdsl.dsl.span import span_of_class


def check_latency(draft: Draft, capacity: Capacity) -> Iterator[Diagnostic]:
    """The slowest path, if it is slower than the swarm allows.

    Where a task is overloaded, SW702 has said so already: what waits for it waits without end.
    """
    budget = draft.swarm.latency_budget
    path = slowest_path(capacity)
    if budget is None or any(load.overloaded for load in capacity.loads.values()):
        return
    total = seconds_of(path)
    if total <= budget:
        return
    aliases = [one.alias for one in path]
    takes = "grows without end" if math.isinf(total) else f"is {duration(total)}"
    yield finding(
        "SW705",
        f"the latency from {aliases[0]} to {aliases[-1]} {takes}, "
        f"and the budget is {duration(budget)}",
        at=span_of_class(type(draft.swarm)),
        steps=of_swarm("latency_budget"),
        related=[_share(draft, one, total) for one in path[1:]],
        hint=_remedy(capacity, path, float(budget)),
        path=" -> ".join(aliases),
    )


def _share(draft: Draft, one: Stage, total: float) -> Related:
    part = "" if math.isinf(total) else f" ({share(one.seconds / total)})"
    text = f"{one.alias}: waits {duration(one.wait)}, works {duration(one.work)}{part}"
    return Related(text=text, span=draft.task(one.alias).span)


def _remedy(capacity: Capacity, path: Sequence[Stage], budget: float) -> str:
    work = math.fsum(one.work for one in path)
    if work >= budget:
        return f"the work alone takes {duration(work)}: shorten it, or allow more"
    slowest = max(path, key=lambda one: one.wait)
    others = math.fsum(one.seconds for one in path if one is not slowest)
    load = capacity.loads[slowest.alias]
    wanted = _enough(load, budget - others)
    if wanted is None:
        return "shorten what waits longest, or deal its pushes to more instances"
    missing = wanted - len(load.hosts)
    lacks = f"; the inventory lacks {missing:,} nodes that may run it" if missing > 0 else ""
    wider = f"method='maximum', maximum={wanted}"
    return f"{load.alias} meets it with {wanted:,} instances: {wider}{lacks}"


def _enough(load: Load, seconds: float) -> int | None:
    return instances_for(load, seconds) if seconds > 0 else None
