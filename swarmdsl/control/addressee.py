"""Which instance a call is for: from an alias, and perhaps a node, to one of the run. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence

from swarmdsl.control.reasons import missing
from swarmdsl.errors import CallFailed
from swarmdsl.topology.expand import InstanceSpec, instance_name, node_of
from swarmdsl.topology.model import Topology

Seated = Mapping[int, Sequence[int]]
"""Per task that has taken part in a round, the candidates that took part last."""


def addressee(
    topology: Topology,
    seated: Seated,
    alias: str,
    node: str | None,
    *,
    whichever: bool = False,
    gone: Collection[str] = (),
) -> InstanceSpec:
    """The instance of a daemon module that a call names.

    Args:
        topology: of the run.
        seated: who takes part, or took part last.
        alias: of the task.
        node: which of its instances.
        whichever: without a node, any instance will do: all have the same code.
        gone: the daemons that are lost for good.

    Raises:
        CallFailed: there is none, or more than one.
    """
    task = _task(topology, alias)
    spec = topology.tasks[task]
    if task not in seated:
        raise CallFailed(alias, "it has no instance yet: no round of it has begun")
    hosts = {one: spec.candidates[one] for one in seated[task]}
    candidates = {node_of(host): one for one, host in hosts.items() if host not in gone}
    lost = [host for host in hosts.values() if host in gone and node in {None, node_of(host)}]
    if lost and (node is not None or not candidates):
        raise CallFailed(alias, missing(lost[0], gone))
    if node is None:
        chosen = next(iter(candidates.values())) if whichever else _only(alias, candidates)
    else:
        chosen = candidates.get(node, -1)
    if chosen < 0:
        there = ", ".join(candidates)
        raise CallFailed(alias, f"it has no instance on {node}; its instances are on {there}")
    daemon = spec.candidates[chosen]
    return InstanceSpec(
        name=instance_name(alias, daemon),
        alias=alias,
        task=task,
        candidate=chosen,
        daemon=daemon,
        node=node_of(daemon),
    )


def _task(topology: Topology, alias: str) -> int:
    """The position of the task that can be called by this name."""
    kinds = {module.name: module.kind for module in topology.modules}
    daemons = [one.alias for one in topology.tasks if kinds[one.module] == "daemon"]
    for position, task in enumerate(topology.tasks):
        if task.alias == alias:
            if alias in daemons:
                return position
            raise CallFailed(
                alias, f"it is a {kinds[task.module]}, and only daemon modules answer calls"
            )
    near = difflib.get_close_matches(alias, daemons, n=1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    there = ", ".join(daemons) or "no daemon modules"
    raise CallFailed(alias, f"no task is named so; there are: {there}{meant}")


def _only(alias: str, candidates: Mapping[str, int]) -> int:
    if len(candidates) > 1:
        raise CallFailed(
            alias, f"it has {len(candidates)} instances; name one: node= {', '.join(candidates)}"
        )
    return next(iter(candidates.values()))
