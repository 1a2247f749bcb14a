"""Which image each daemon needs, and what its container may take. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from swarmdsl.errors import EngineError
from swarmdsl.topology.expand import expand_daemons, node_of
from swarmdsl.topology.model import ModuleSpec, TaskSpec, Topology
from swarmdsl.topology.resources import NOTHING, Resources

OWN_BYTES = 256 * 1024 * 1024
"""What a container may take beside its tasks: two interpreters, their libraries, frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What is installed where a daemon runs.

    Attributes:
        base_image: what it is made from.
        requirements: the packages beside swarmdsl itself, as pip takes them.
        entered: the image into which it is put, since a task is the entry point of that one; ""
            for none.
    """

    base_image: str
    requirements: tuple[str, ...] = ()
    entered: str = ""


def environments(topology: Topology, base_image: str) -> dict[str, Environment]:
    """The environment of each daemon, by its name.

    Raises:
        EngineError: tasks that one daemon may host ask for different images.
    """
    modules = {module.name: module for module in topology.modules}
    hosted = _hosted(topology)
    return {
        daemon.name: _environment(daemon.name, hosted.get(daemon.name, []), modules, base_image)
        for daemon in expand_daemons(topology)
    }


def _environment(
    daemon: str, tasks: list[TaskSpec], modules: Mapping[str, ModuleSpec], base_image: str
) -> Environment:
    own = [modules[task.module] for task in tasks]
    entered = {module.image or "" for module in own if module.kind == "image"}
    named = {module.image for module in own if module.kind != "image" and module.image}
    return Environment(
        base_image=_only(daemon, named) or base_image,
        requirements=tuple(sorted({one for module in own for one in module.requirements})),
        entered=_only(daemon, entered),
    )


def _only(daemon: str, images: set[str]) -> str:
    if len(images) > 1:
        raise EngineError(
            "docker",
            f"{daemon} hosts tasks whose modules name different images "
            f"({', '.join(sorted(images))}); give them the same one, or nodes of their own",
        )
    return next(iter(images), "")


def entered_by(topology: Topology) -> frozenset[str]:
    """The daemons whose image is that of a module, with our Python in a folder of it."""
    images = {module.name for module in topology.modules if module.kind == "image"}
    return frozenset(
        daemon
        for daemon, tasks in _hosted(topology).items()
        if any(task.module in images for task in tasks)
    )


def limits_of(topology: Topology) -> dict[str, Resources]:
    """What the container of each daemon may take, by the name of the daemon.

    Where every task that a daemon may host has said how much memory it takes, that is the sum and
    something for the daemon itself; else the container has no limit. The same is true of
    processors, of which the daemon itself needs few. Graphics processors are added up.
    """
    return {daemon: _limits(tasks) for daemon, tasks in _hosted(topology).items()}


def datasets_of(topology: Topology) -> dict[str, dict[str, str]]:
    """The files and folders that each daemon's container is to see, each where the node has it."""
    nodes = {node.name: node for node in topology.nodes}
    return {
        daemon: {
            path: path
            for task in tasks
            for path in (nodes[node_of(daemon)].datasets[name] for name in task.datasets)
        }
        for daemon, tasks in _hosted(topology).items()
    }


def _limits(tasks: list[TaskSpec]) -> Resources:
    memory = [task.resources.memory for task in tasks]
    cpu = [task.resources.cpu for task in tasks]
    if not tasks:
        return NOTHING
    return Resources(
        memory=sum(memory) + OWN_BYTES if all(memory) else 0,
        cpu=sum(cpu) if all(cpu) else 0.0,
        gpu=sum(task.resources.gpu for task in tasks),
    )


def _hosted(topology: Topology) -> dict[str, list[TaskSpec]]:
    """The tasks that each daemon may host."""
    hosted: dict[str, list[TaskSpec]] = {}
    for task in topology.tasks:
        for candidate in task.candidates:
            hosted.setdefault(candidate, []).append(task)
    return hosted
