"""What a task asks its nodes for: the resources of its module, overridden by its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarmdsl.dsl import Module, Task
from swarmdsl.topology.memory import memory_of
from swarmdsl.topology.resources import NOTHING, Resources


def resources_of(task: Task, module: Module) -> Resources:
    """What each instance of a well declared task asks for; `gpu=True` asks for one at least."""
    if not (module.resources or task.resources or task.gpu):
        return NOTHING
    said: Mapping[str, Any] = {**(module.resources or {}), **(task.resources or {})}
    return Resources(
        cpu=said.get("cpu", 0),
        memory=memory_of(said.get("memory", 0)),
        gpu=max(said.get("gpu", 0), int(task.gpu)),
    )


def timeout_of(task: Task, module: Module) -> float | None:
    """The seconds that one run of a well declared task may take; None for no limit."""
    said = module.timeout if task.timeout is None else task.timeout
    return None if said is None else float(said)


def retries_of(task: Task, module: Module) -> int:
    """How often a run of a well declared task that has failed is done again."""
    return (module.retries or 0) if task.retries is None else int(task.retries)


def env_of(task: Task, module: Module) -> dict[str, str]:
    """The environment variables of a well declared task, in the order of their names."""
    return dict(sorted({**(module.env or {}), **(task.env or {})}.items()))


def secrets_of(task: Task, module: Module) -> tuple[str, ...]:
    """The secrets that a well declared task may read, in the order of their names."""
    return tuple(sorted({*(module.secrets or ()), *(task.secrets or ())}))


def labels_of(task: Task) -> dict[str, str]:
    """The labels that a node of a well declared task has, in the order of their names."""
    return dict(sorted((task.labels or {}).items()))
