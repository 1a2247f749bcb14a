"""Which kinds of modules an engine starts: a topology may hold more than can be run here."""

from __future__ import annotations

from swarmdsl.errors import KindNotStarted
from swarmdsl.topology.model import ModuleKind, ModuleSpec, Topology

IN_PYTHON: frozenset[ModuleKind] = frozenset({"function", "daemon", "script"})
"""What a daemon of ours calls as Python."""

STARTED: frozenset[ModuleKind] = IN_PYTHON | {"program"}
"""What every engine starts, since a daemon of ours runs it."""

ENTERING = frozenset({"docker", "docker-swarm", "compose"})
"""The engines that start images as well."""


def require_kinds(topology: Topology, engine: str) -> None:
    """Nothing, if the engine can start every task of the topology.

    Raises:
        KindNotStarted: it cannot; all its tasks that it cannot start are named.
    """
    modules = {module.name: module for module in topology.modules}
    started = STARTED | {"image"} if engine in ENTERING else STARTED
    left = [
        f"{task.alias} is {_spoken(modules[task.module])}"
        for task in topology.tasks
        if modules[task.module].kind not in started
    ]
    if left:
        raise KindNotStarted(engine, left)


def _spoken(module: ModuleSpec) -> str:
    return f"image {module.image!r}, which only container engines start (SW456)"
