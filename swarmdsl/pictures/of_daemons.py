"""The diagram of a topology's daemons: who may push to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product

from swarmdsl.pictures.diagram import RUN, Arrow, Box, Diagram, many, some
from swarmdsl.topology.expand import expand_daemons, node_of
from swarmdsl.topology.model import LinkSpec, TaskSpec, Topology

BOXES_MAX = 100
PAIRS_MAX = 1_000

Naming = Callable[[str], str]
"""The id of the box of a daemon."""


def daemons_of(topology: Topology, *, group: bool | None = None) -> Diagram:
    """The daemons, with the tasks that each may host, and the links between them.

    Args:
        topology: of the swarm.
        group: draw the daemons of a group as one box; None to do so if they are many.
    """
    daemons = {one.name: one for one in expand_daemons(topology)}
    if group is None:
        group = len(daemons) > BOXES_MAX or _pairs(topology) > PAIRS_MAX
    naming: Naming = (lambda name: name.partition("@")[0]) if group else (lambda name: name)
    members = defaultdict[str, list[str]](list)
    for name in daemons:
        members[naming(name)].append(name)
    links, inside = _links(topology, naming)
    hosted = _hosted(topology, naming)
    boxes = [
        _box(key, names, hosted[key], inside[key], daemons[names[0]].kind)
        for key, names in members.items()
    ]
    arrows = tuple(_arrow(*ends, found) for ends, found in links.items())
    if any(one.destination == RUN for one in arrows):
        boxes.append(Box(id=RUN, title="the controller", lines=("keeps the value",), kind="run"))
    nodes = many(len(topology.nodes), "node")
    return Diagram(
        name=topology.name,
        summary=f"{many(len(daemons), 'daemon')}, {nodes}",
        boxes=tuple(boxes),
        arrows=arrows,
    )


def _pairs(topology: Topology) -> int:
    """How many pairs of daemons have a link, at most."""
    hosts = {task.alias: len(task.candidates) for task in topology.tasks}
    return sum(hosts[link.source] * hosts.get(link.destination, 1) for link in topology.links)


def _links(
    topology: Topology, naming: Naming
) -> tuple[dict[tuple[str, str], list[LinkSpec]], defaultdict[str, int]]:
    """The links between any two boxes, and how many each box has within itself."""
    tasks = {task.alias: task for task in topology.tasks}
    between = defaultdict[tuple[str, str], list[LinkSpec]](list)
    inside = defaultdict[str, int](int)
    for link in topology.links:
        for ends in dict.fromkeys(_ends(link, tasks, naming)):
            if ends[0] == ends[1]:
                inside[ends[0]] += 1
            else:
                between[ends].append(link)
    return dict(between), inside


def _ends(link: LinkSpec, tasks: dict[str, TaskSpec], naming: Naming) -> Iterator[tuple[str, str]]:
    """The boxes that a link joins; of groups not every pair of daemons in them is looked at."""
    sources = tasks[link.source].candidates
    if link.to_run:
        return product(dict.fromkeys(map(naming, sources)), (RUN,))
    destinations = tasks[link.destination].candidates
    if link.policy != "pair":
        boxes, others = (dict.fromkeys(map(naming, one)) for one in (sources, destinations))
        return product(boxes, others)
    there = defaultdict[str, list[str]](list)
    for one in destinations:
        there[node_of(one)].append(naming(one))
    return ((naming(one), other) for one in sources for other in there.get(node_of(one), ()))


def _hosted(topology: Topology, naming: Naming) -> defaultdict[str, dict[str, None]]:
    """The tasks of each box, in order."""
    hosted = defaultdict[str, dict[str, None]](dict)
    for task in topology.tasks:
        for candidate in task.candidates:
            hosted[naming(candidate)][task.alias] = None
    return hosted


def _box(key: str, names: list[str], tasks: dict[str, None], inside: int, kind: str) -> Box:
    many_of_it = f" × {len(names):,}" if len(names) > 1 else ""  # noqa: RUF001
    lines = [some(tuple(tasks)) or "no task"]
    if inside:
        lines.append(f"{many(inside, 'link')} inside")
    return Box(
        id=key,
        title=f"{key}{many_of_it}",
        lines=tuple(lines),
        kind="worker" if kind == "worker" else "daemon",
        detail=f"{some(tuple(names))}: {some(tuple(tasks), 20)}",
    )


def _arrow(source: str, destination: str, links: list[LinkSpec]) -> Arrow:
    types = tuple(dict.fromkeys(one.type for one in links if one.type is not None))
    named = tuple(dict.fromkeys(f"{one.source} -> {one.destination}" for one in links))
    loops = all(one.loop for one in links)
    return Arrow(
        source=source,
        destination=destination,
        label=types[0] if len(links) == 1 and types else many(len(links), "link"),
        style="loop" if loops else "data" if types else "control",
        detail=some(named, 10),
    )
