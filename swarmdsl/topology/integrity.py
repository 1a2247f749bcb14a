"""Whether the names inside a topology refer to something: what a hand-written one gets wrong."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from hashlib import sha256

from swarmdsl.topology.bounds import (
    LINGER_S_MAX,
    is_linger,
    is_seconds,
    wrong_limits,
)
from swarmdsl.topology.expand import expand_daemons, node_of
from swarmdsl.topology.hosts import canonical_host, nodes_by_host
from swarmdsl.topology.levels import levels
from swarmdsl.topology.listening import wrong_hosts, wrong_ports
from swarmdsl.topology.model import RUN, Constant, Limits, LinkSpec, TaskSpec, Topology
from swarmdsl.topology.secret_names import WANTED, is_secret_name

_SHOWN_MAX = 8  # names in a message


def problems_of(topology: Topology) -> list[str]:
    """Every broken reference, each as a sentence that names its place."""
    return [
        *_repeats("nodes", (node.name for node in topology.nodes)),
        *_repeats("modules", (module.name for module in topology.modules)),
        *_repeats("types", (one.name for one in topology.types)),
        *_repeats("groups", (group.name for group in topology.groups)),
        *_repeats("tasks", (task.alias for task in topology.tasks)),
        *_repeats("networks", (network.name for network in topology.networks)),
        *_modules(topology),
        *_groups(topology),
        *wrong_hosts(topology),
        *wrong_ports(topology),
        *_tasks(topology),
        *_networks(topology),
        *_types(topology),
        *_links(topology),
        *_repeated_links(topology),
        *_cycles(topology),
        *_constants("globals", topology.globals.items()),
        *_limits(topology.limits),
    ]


def _limits(limits: Limits) -> Iterator[str]:
    for name, value, expected in wrong_limits(asdict(limits)):
        yield f"limits.{name}: is {value}, not {expected}"


def _no(kind: str, name: object, known: Iterable[str]) -> str:
    """That there is no such thing, and which one was meant if it is much like one there is."""
    near = difflib.get_close_matches(str(name), sorted(known), n=1)
    return f"there is no {kind} {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _repeats(place: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{place}: {name!r} is there {times} times"


def _modules(topology: Topology) -> Iterator[str]:
    for index, module in enumerate(topology.modules):
        if (module.kind == "program") != bool(module.command):
            yield f"modules[{index}].command: every program has one, and nothing else has"
        if module.kind not in {"program", "image"} and module.format != "json":
            yield f"modules[{index}].format: is for programs"
        if module.kind == "image" and not module.image:
            yield f"modules[{index}].image: is missing"


def _groups(topology: Topology) -> Iterator[str]:
    nodes = {node.name for node in topology.nodes}
    on_host = nodes_by_host(topology.nodes)
    for index, group in enumerate(topology.groups):
        if len(group.nodes) != len(group.per_node):
            yield (
                f"groups[{index}].per_node: {len(group.per_node)} numbers for "
                f"{len(group.nodes)} nodes"
            )
        for name in group.nodes:
            if name not in nodes:
                meant = on_host.get(canonical_host(name), [])
                is_host = f"; it is the host of {' and '.join(map(repr, meant))}" if meant else ""
                problem = (
                    f"there is no node {name!r}{is_host}" if meant else _no("node", name, nodes)
                )
                yield f"groups[{index}].nodes: {problem}"


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
        yield f"{place}.module: {_no('module', task.module, modules)}"
    for name in task.candidates:
        if name not in daemons:
            yield f"{place}.candidates: {_no('daemon', name, daemons)}"
    if not 1 <= task.count <= len(task.candidates):
        yield f"{place}.count: is {task.count}, with {len(task.candidates)} candidates"
    yield from _repeats(f"{place}.secrets", task.secrets)
    for name in task.secrets:
        if not is_secret_name(name):
            yield f"{place}.secrets: {name!r} is not {WANTED}"
    if (task.method, task.count, task.on_node_loss) == ("any", 1, "continue"):
        yield f"{place}.on_node_loss: is continue, with one instance and nothing to go on with"
    yield from _constants(f"{place}.inputs", task.inputs.items())


def _networks(topology: Topology) -> Iterator[str]:
    names = {network.name for network in topology.networks}
    for index, task in enumerate(topology.tasks):
        if task.network is not None and task.network not in names:
            yield f"tasks[{index}].network: {_no('network', task.network, names)}"


def _types(topology: Topology) -> Iterator[str]:
    for index, one in enumerate(topology.types):
        if one.schema is not None and sha256(one.schema.encode()).hexdigest() != one.fingerprint:
            yield f"types[{index}].fingerprint: is not the SHA-256 of its schema"


def _links(topology: Topology) -> Iterator[str]:
    aliases = {task.alias for task in topology.tasks}
    modules = {module.name for module in topology.modules}
    kinds = {module.name: module.kind for module in topology.modules}
    types = {one.name for one in topology.types}
    daemons = {task.alias for task in topology.tasks if kinds.get(task.module) == "daemon"}
    for index, link in enumerate(topology.links):
        for end, name in (("source", link.source), ("destination", link.destination)):
            if name not in aliases and (end, name) != ("destination", RUN):
                yield f"links[{index}].{end}: {_no('task', name, aliases)}"
        if link.type is not None and link.type not in types:
            yield f"links[{index}].type: {_no('type', link.type, types)}"
        if (link.port is None) != (link.type is None):
            yield f"links[{index}]: port and type are both given, or (for a control link) neither"
        yield from _policy(f"links[{index}]", link, modules)
        if link.condition == "result" and link.destination in daemons | {RUN}:
            yield f"links[{index}].condition: 'result' is for functions and scripts"
        yield from _loop(f"links[{index}]", link, daemons)
        if link.condition == "result" and link.port is None:
            yield f"links[{index}].condition: 'result' is for links that carry values"
        if link.policy == "pair" and {link.source, link.destination} <= aliases:
            yield from _pair(f"links[{index}]", *_ends(topology, link))
        if link.overflow != "block" and link.delivery != "at_most_once":
            yield f"links[{index}].overflow: {link.overflow!r} needs delivery 'at_most_once'"
        if link.response_timeout_s is not None and not is_seconds(link.response_timeout_s):
            yield f"links[{index}].response_timeout_s: is {link.response_timeout_s}, not above 0"
        if not is_linger(link.linger_s):
            most = f"{LINGER_S_MAX:g}"
            yield f"links[{index}].linger_s: is {link.linger_s}, not 0 to {most}"


def _repeated_links(topology: Topology) -> Iterator[str]:
    seen: dict[LinkSpec, int] = {}
    for index, link in enumerate(topology.links):
        first = seen.setdefault(link, index)
        if first != index:
            yield f"links[{index}]: is the same as links[{first}]"


def _cycles(topology: Topology) -> Iterator[str]:
    """Tasks that wait for one another would wait for ever."""
    aliases = {task.alias for task in topology.tasks}
    inner = (
        (link.source, link.destination)
        for link in topology.links
        if not link.loop and {link.source, link.destination} <= aliases
    )
    free = levels(aliases, inner)
    stuck = sorted(aliases.difference(free))
    if stuck:
        shown = ", ".join(stuck[:_SHOWN_MAX]) + (", ..." if len(stuck) > _SHOWN_MAX else "")
        yield f"links: tasks wait for one another, or for such as do: {shown}"


def _loop(place: str, link: LinkSpec, daemons: set[str]) -> Iterator[str]:
    if link.loop and (link.port is None or link.destination in daemons | {RUN}):
        yield f"{place}.loop: is for links that carry values to functions and scripts"
    if link.loop and (link.policy, link.condition) != ("broadcast", "finished"):
        yield f"{place}.loop: has neither a policy nor a condition of its own"


def _ends(topology: Topology, link: LinkSpec) -> tuple[TaskSpec, TaskSpec]:
    tasks = {task.alias: task for task in topology.tasks}
    return tasks[link.source], tasks[link.destination]


def _pair(place: str, source: TaskSpec, destination: TaskSpec) -> Iterator[str]:
    nodes = [{node_of(host) for host in task.candidates} for task in (source, destination)]
    everywhere = all(task.count == len(task.candidates) for task in (source, destination))
    if nodes[0] != nodes[1] or not everywhere:
        yield f"{place}.policy: 'pair' needs both tasks on the same nodes, and on each of them"


def _policy(place: str, link: LinkSpec, modules: set[str]) -> Iterator[str]:
    if (link.policy == "key") != (link.key is not None):
        yield f"{place}: policy = 'key' and a key are both given, or neither"
    if link.policy != "broadcast" and (link.port is None or link.destination == RUN):
        yield f"{place}.policy: {link.policy!r} is for links that carry values between tasks"
    if link.key is not None and (link.key.field is None) == (link.key.module is None):
        yield f"{place}.key: has either a field or a module"
    if link.key is not None and link.key.module is not None and link.key.module not in modules:
        yield f"{place}.key.module: {_no('module', link.key.module, modules)}"


def _constants(place: str, constants: Iterable[tuple[str, Constant]]) -> Iterator[str]:
    for name, constant in constants:
        if (constant.value is None) == (constant.blob is None):
            yield f"{place}.{name}: has either a value or a blob"
