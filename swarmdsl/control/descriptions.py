"""What the tasks of a run take, yield and answer: from its topology, and from those that are up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from swarmdsl.control import asking
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from swarmdsl.errors import SwarmError
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.model import TaskSpec, Topology

ASK_S = 10.0  # for all daemon modules together


def describe(
    stored: StoredRun, patience: Patience, alias: str | None = None
) -> dict[str, dict[str, Any]]:
    """Each task, or the one, by alias.

    A daemon module that is up is asked, and says what its code really has; `problem` says why one
    could not be. Of all others the topology tells what is linked.

    Returns:
        per alias `module`, `kind`, `candidates` (the nodes where it may run), `instances` that take
        part now or did last, `nodes` where those are, `takes` (by port, or by source where there is
        none) and `yields`: names of types; of a daemon module `code`, what its code has (None if it
        was not asked), and `problem`.
    """
    seated = stored.seated()
    deadline_s = patience.monotonic_s() + ASK_S
    described = {}
    for position, task in enumerate(stored.topology.tasks):
        if alias is None or alias == task.alias:
            told = _from_topology(stored.topology, task)
            taking_part = seated.get(position, ())
            told["instances"] = len(taking_part)
            told["nodes"] = _nodes([task.candidates[one] for one in taking_part])
            if told["kind"] == "daemon":
                left_s = deadline_s - patience.monotonic_s()
                told |= _from_daemon(stored, task.alias, patience, left_s)
            described[task.alias] = told
    return described


def _from_topology(topology: Topology, task: TaskSpec) -> dict[str, Any]:
    kinds = {module.name: module.kind for module in topology.modules}
    links = topology.links
    return {
        "module": task.module,
        "kind": kinds[task.module],
        "candidates": _nodes(task.candidates),
        "takes": {
            link.port or link.source: link.type
            for link in links
            if link.destination == task.alias and link.type is not None
        },
        "yields": list(
            dict.fromkeys(
                link.type for link in links if link.source == task.alias and link.type is not None
            )
        ),
    }


def _nodes(daemons: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(node_of(daemon) for daemon in daemons))


def _from_daemon(
    stored: StoredRun, alias: str, patience: Patience, left_s: float
) -> dict[str, Any]:
    if left_s <= 0:
        return {"code": None, "problem": f"others took {ASK_S:g} s to answer"}
    try:
        code = asking.call(
            stored, alias, "", (), {}, node=None, timeout_s=left_s, patience=patience
        )
    except SwarmError as error:
        return {"code": None, "problem": str(error)}
    return {"code": code, "problem": None}
