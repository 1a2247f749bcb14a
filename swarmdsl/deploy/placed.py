"""From weights that have changed to what moves, in a run that goes on. Pure.

A task keeps the candidates that it has: the topology of the run names them. What another weight
changes is the order in which they are taken, and that is what the run is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from swarmdsl.deploy.observed import StandingRun
from swarmdsl.deploy.plan import KeepTask, MoveTask, PlaceTasks
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.fused import executed
from swarmdsl.topology.model import TaskSpec, Topology
from swarmdsl.topology.staying import staying

TRIED = "it may be tried on no other node"


def weights_of(topology: Topology) -> dict[str, float]:
    """The weight of each node.

    >>> weights_of(Topology(name="one", nodes=(), modules=(), groups=(), tasks=(), links=()))
    {}
    """
    return {node.name: node.weight for node in topology.nodes}


def placed_anew(wanted: Topology, run: StandingRun) -> PlaceTasks | None:
    """What a run is to be told so that its tasks are where the weights want them; None if nothing.

    Args:
        wanted: as compiled with the weights of now; but for these it is what the run executes.
        run: that stands.
    """
    found = executed(run.topology)
    wanted_of = {task.alias: task for task in wanted.tasks}
    stays = staying(found.topology)
    orders: dict[str, tuple[str, ...]] = {}
    moves: list[MoveTask] = []
    kept: list[KeepTask] = []
    for task in found.topology.tasks:
        # Functions that share a run go where the first of them is to go.
        parts = found.parts.get(task.alias)
        other = wanted_of[task.alias if parts is None else parts[0].task.alias]
        present = _present(task, run)
        now = _order(task, other, keeps=present[: task.count] if task.alias in stays else ())
        if now != present:
            orders[task.alias] = now
        before, after = {*present[: task.count]}, {*now[: task.count]}
        if after != before:
            moves.append(_move(task, before - after, after - before))
        if after != {*_nodes(other)[: task.count]}:
            cause = stays.get(task.alias, TRIED)
            kept.append(KeepTask(task=task.alias, nodes=_sorted(after), cause=cause))
    changed = _changed(run, weights_of(wanted))
    if not orders and not (kept and changed):  # who is told of what stays is told once
        return None
    return PlaceTasks(
        run=run.run,
        orders=orders,
        moves=tuple(moves),
        kept=tuple(kept),
        cause="; ".join(changed) or "the run was not told yet",
    )


def _nodes(task: TaskSpec) -> tuple[str, ...]:
    return tuple(node_of(daemon) for daemon in task.candidates)


def _order(task: TaskSpec, other: TaskSpec, keeps: Sequence[str]) -> tuple[str, ...]:
    """The nodes that a task has as they stand now: what it keeps first, what it has lost last."""
    has, wanted = _nodes(task), _nodes(other)
    found = dict.fromkeys((*keeps, *(one for one in wanted if one in has), *has))
    return tuple(found)


def _present(task: TaskSpec, run: StandingRun) -> tuple[str, ...]:
    """The nodes of a task as the run takes them, best first."""
    return tuple(run.orders.get(task.alias, _nodes(task)))


def _move(task: TaskSpec, left: Iterable[str], taken: Iterable[str]) -> MoveTask:
    return MoveTask(
        task=task.alias, nodes=_sorted(left), to=_sorted(taken), cause="from the next round on"
    )


def _sorted(nodes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(nodes))


def _changed(run: StandingRun, weights: Mapping[str, float]) -> list[str]:
    """The weights that are not those which the run was told last."""
    before = {**weights_of(run.topology), **run.weights}
    return [
        f"{node} has weight {weight:g} now, and had {before[node]:g}"
        for node, weight in sorted(weights.items())
        if weight != before[node]
    ]
