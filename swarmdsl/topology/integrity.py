"""Whether the names inside a topology refer to something: what a hand-written one gets wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from swarmdsl.topology.bounds import is_seconds, wrong_limits
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import RUN, Constant, Limits, TaskSpec, Topology


def problems_of(topology: Topology) -> list[str]:
    """Every broken reference, each as a sentence that names its place."""
    return [
        *_repeats("nodes", (node.name for node in topology.nodes)),
        *_repeats("modules", (module.name for module in topology.modules)),
        *_repeats("groups", (group.name for group in topology.groups)),
        *_repeats("tasks", (task.alias for task in topology.tasks)),
        *_groups(topology),
        *_tasks(topology),
        *_links(topology),
        *_constants("globals", topology.globals.items()),
        *_limits(topology.limits),
    ]


def _limits(limits: Limits) -> Iterator[str]:
    for name, value, expected in wrong_limits(asdict(limits)):
        yield f"limits.{name}: is {value}, not {expected}"


def _repeats(place: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{place}: {name!r} is there {times} times"


def _groups(topology: Topology) -> Iterator[str]:
    nodes = {node.name for node in topology.nodes}
    for index, group in enumerate(topology.groups):
        if len(group.nodes) != len(group.per_node):
            yield (
                f"groups[{index}].per_node: {len(group.per_node)} numbers for "
                f"{len(group.nodes)} nodes"
            )
        for name in group.nodes:
            if name not in nodes:
                yield f"groups[{index}].nodes: there is no node {name!r}"


def _tasks(topology: Topology) -> Iterator[str]:
    if any(len(group.nodes) != len(group.per_node) for group in topology.groups):
        return
    modules = {module.name for module in topology.modules}
    daemons = {daemon.name for daemon in expand_daemons(topology)}
    for index, task in enumerate(topology.tasks):
        yield from _task(f"tasks[{index}]", task, modules, daemons)


def _task(place: str, task: TaskSpec, modules: set[str], daemons: set[str]) -> Iterator[str]:
    if task.alias == RUN:
        yield f"{place}.alias: {RUN!r} is the run itself"
    if task.module not in modules:
        yield f"{place}.module: there is no module {task.module!r}"
    for name in task.candidates:
        if name not in daemons:
            yield f"{place}.candidates: there is no daemon {name!r}"
    if not 1 <= task.count <= len(task.candidates):
        yield f"{place}.count: is {task.count}, with {len(task.candidates)} candidates"
    yield from _constants(f"{place}.inputs", task.inputs.items())


def _links(topology: Topology) -> Iterator[str]:
    aliases = {task.alias for task in topology.tasks}
    for index, link in enumerate(topology.links):
        for end, name in (("source", link.source), ("destination", link.destination)):
            if name not in aliases and (end, name) != ("destination", RUN):
                yield f"links[{index}].{end}: there is no task {name!r}"
        if (link.port is None) != (link.type is None):
            yield f"links[{index}]: port and type are both given, or (for a control link) neither"
        if link.overflow != "block" and link.delivery != "at_most_once":
            yield f"links[{index}].overflow: {link.overflow!r} needs delivery 'at_most_once'"
        if link.response_timeout_s is not None and not is_seconds(link.response_timeout_s):
            yield f"links[{index}].response_timeout_s: is {link.response_timeout_s}, not above 0"


def _constants(place: str, constants: Iterable[tuple[str, Constant]]) -> Iterator[str]:
    for name, constant in constants:
        if (constant.value is None) == (constant.blob is None):
            yield f"{place}.{name}: has either a value or a blob"
