"""Who takes part in a round: from candidates and requests to a roster. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType

from swarmdsl.errors import CallFailed
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.model import TaskSpec, Topology

REQUEST = "round.request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A task asked for a round of these tasks (by position) and what descends from them.

    `nodes` is where they run; None for all eligible nodes.
    """

    tasks: tuple[int, ...]
    nodes: tuple[str, ...] | None


Asked = str | Sequence[str] | None
"""The alias of a task or the name of a module, several such, or None for all that is begun with."""


def request_for(
    topology: Topology,
    alias: Asked,
    node_ids: Sequence[str] | None,
    lost: AbstractSet[Place] = frozenset(),
) -> Request:
    """The request behind `schedule_next_iter`.

    Args:
        topology: of the run.
        alias: of the task, or the name of a module; several such, or None for all that the swarm
            begins with.
        node_ids: where it is to run; None for everywhere.
        lost: the instances that the run goes on without.

    Raises:
        CallFailed: nothing has this name, a node is not among the tasks' candidates, or it is lost.
    """
    names = [alias] if alias is None or isinstance(alias, str) else alias
    tasks = tuple(sorted({task for name in names for task in _named(topology, name)}))
    if node_ids is None:
        return Request(tasks=tasks, nodes=None)
    if not node_ids:
        raise CallFailed(REQUEST, "node_ids is an empty list; leave it out to take all nodes")
    per_task = {topology.tasks[task].alias: _nodes_of(topology.tasks[task]) for task in tasks}
    unknown = set(node_ids) - set().union(*per_task.values())
    if unknown:
        who = ", ".join(filter(None, names)) or "the swarm"
        raise _misplaced(who, unknown, set().union(*per_task.values()))
    for one, eligible in per_task.items():
        if not eligible & set(node_ids):
            raise _misplaced(one, set(node_ids), eligible)
    _refuse_lost(topology, tasks, set(node_ids), lost)
    fixed = [topology.tasks[task].alias for task in tasks if topology.tasks[task].fixed]
    if fixed:
        raise CallFailed(
            REQUEST,
            f"{', '.join(fixed)} is fixed=True and stays where it is; leave node_ids out",
        )
    return Request(tasks=tasks, nodes=tuple(sorted(set(node_ids))))


def _refuse_lost(
    topology: Topology, tasks: Sequence[int], asked: set[str], lost: AbstractSet[Place]
) -> None:
    for task in tasks:
        spec = topology.tasks[task]
        nodes = {node_of(spec.candidates[one]) for of_task, one in lost if of_task == task}
        if nodes & asked:
            left = ", ".join(sorted(_nodes_of(spec) - nodes)) or "none"
            raise CallFailed(
                REQUEST,
                f"{spec.alias} cannot run on {', '.join(sorted(nodes & asked))}: its instance "
                f"there is missing, and the run goes on without it; its nodes are {left}",
            )


def _nodes_of(task: TaskSpec) -> set[str]:
    return {node_of(daemon) for daemon in task.candidates}


def _misplaced(who: str, asked: set[str], eligible: set[str]) -> CallFailed:
    return CallFailed(
        REQUEST,
        f"{who} cannot run on {', '.join(sorted(asked))}; "
        f"its eligible nodes are {', '.join(sorted(eligible))}",
    )


def _named(topology: Topology, alias: str | None) -> tuple[int, ...]:
    """Tasks by alias, else by module name; all roots when no name is given."""
    every = list(enumerate(topology.tasks))
    if alias is None:
        fed = {link.destination for link in topology.links if not link.loop}
        return tuple(index for index, task in every if task.alias not in fed)
    found = [index for index, task in every if task.alias == alias]
    found = found or [index for index, task in every if task.module == alias]
    if not found:
        aliases = [task.alias for task in topology.tasks]
        near = difflib.get_close_matches(alias, aliases, n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        there = ", ".join(aliases)
        raise CallFailed(
            REQUEST, f"no task or module is named {alias!r}; there are: {there}{meant}"
        )
    return tuple(found)


def descendants(topology: Topology, tasks: Sequence[int]) -> set[int]:
    """These tasks and all that their pushes reach."""
    position = {task.alias: index for index, task in enumerate(topology.tasks)}
    follows: dict[int, set[int]] = {}
    for link in topology.links:
        if link.destination in position and not link.loop:
            follows.setdefault(position[link.source], set()).add(position[link.destination])
    reached: set[int] = set()
    frontier = list(tasks)
    while frontier:
        task = frontier.pop()
        if task not in reached:
            reached.add(task)
            frontier += follows.get(task, ())
    return reached


Place = tuple[int, int]
"""An instance, as the positions of its task and candidate."""


def roster(
    topology: Topology,
    requests: Sequence[Request],
    earlier: Mapping[int, Sequence[int]],
    forgetful: AbstractSet[Place] = frozenset(),
    gone: AbstractSet[str] = frozenset(),
    left_out: AbstractSet[Place] = frozenset(),
    late: Sequence[str] = (),
    pinned: Mapping[int, Sequence[int]] = MappingProxyType({}),
    orders: Mapping[int, Sequence[int]] = MappingProxyType({}),
) -> dict[int, list[int]]:
    """Per task of the next round its chosen candidates, by position, in candidate order.

    Args:
        topology: of the run.
        requests: what was asked for in the round before; empty for a round of everything. Besides
            the tasks asked for run those whose values an instance has never had, or not kept.
        earlier: the last choice of each task, which a `fixed` task keeps.
        forgetful: instances that have lost what they kept.
        gone: daemons that are lost for good; a task that is not free to do without them is chosen
            with them (`needs`).
        left_out: instances that the run goes on without. They are chosen where no others can be,
            for the caller to see; nobody runs for their sake.
        late: daemons that came after the run had begun, the last of them last. They are chosen
            where the others are too few: whoever has moved away from one stays where it is.
        pinned: the first choice of each `fixed` task, with those that were left out of it.
        orders: how the candidates of a task stand, where they stand otherwise than in the topology.
    """
    kept = {**earlier, **pinned}
    standing = _standing(gone, late)
    if not requests:
        return {
            index: _choose(task, None, kept.get(index), standing, orders.get(index))
            for index, task in enumerate(topology.tasks)
        }
    nodes = _nodes_asked(requests)
    named = {task for request in requests for task in request.tasks}
    while True:
        asked = {
            index: _choose(
                topology.tasks[index],
                nodes.get(index),
                kept.get(index),
                standing,
                orders.get(index),
            )
            for index in sorted(descendants(topology, sorted(named)))
        }
        chosen = _with_pairs(topology, asked)
        there = without(chosen, left_out)
        missed = _sources_missed(topology, there, earlier, forgetful) - chosen.keys()
        if not missed:
            return chosen
        named |= missed


def without(
    members: Mapping[int, Sequence[int]], places: AbstractSet[Place]
) -> dict[int, list[int]]:
    """A roster without some instances.

    >>> without({0: [0, 1], 1: [0]}, {(0, 1), (1, 0)})
    {0: [0], 1: []}
    """
    return {
        task: [one for one in candidates if (task, one) not in places]
        for task, candidates in members.items()
    }


def _with_pairs(topology: Topology, chosen: Mapping[int, list[int]]) -> dict[int, list[int]]:
    """The choice, with the pair of each instance: what it pushes has nowhere else to go."""
    paired = {index: set(candidates) for index, candidates in chosen.items()}
    position = {task.alias: index for index, task in enumerate(topology.tasks)}
    for link in topology.links:  # those into a task come after those into its sources
        if link.policy == "pair" and position[link.source] in paired:
            source, other = topology.tasks[position[link.source]], position[link.destination]
            nodes = {node_of(source.candidates[one]) for one in paired[position[link.source]]}
            hosts = topology.tasks[other].candidates
            paired[other] |= {one for one, host in enumerate(hosts) if node_of(host) in nodes}
    return {index: sorted(candidates) for index, candidates in paired.items()}


def grown(
    topology: Topology,
    members: Mapping[int, list[int]],
    earlier: Mapping[int, Sequence[int]],
    forgetful: AbstractSet[Place],
    missing: AbstractSet[Place] = frozenset(),
) -> dict[int, list[int]]:
    """A round's roster, with the sources that instances need which have lost what they kept.

    Those that are missing need nothing.
    """
    found = dict(members)
    while missed := _sources_missed(topology, without(found, missing), earlier, forgetful):
        found |= {task: list(earlier[task]) for task in missed}
    return found


def _sources_missed(
    topology: Topology,
    chosen: Mapping[int, list[int]],
    earlier: Mapping[int, Sequence[int]],
    forgetful: AbstractSet[Place],
) -> set[int]:
    """Tasks that must run after all, for they feed an instance that has not kept their values.

    An instance keeps the values of the round before if it took part when its task last ran, and
    its process is still the same; a daemon keeps none, nor does one that runs for each result.
    """
    daemons = {module.name for module in topology.modules if module.kind == "daemon"}
    each = {link.destination for link in topology.links if link.condition == "result"}
    without = {
        topology.tasks[index].alias
        for index, candidates in chosen.items()
        if topology.tasks[index].module in daemons
        or topology.tasks[index].alias in each
        or not set(candidates) <= set(earlier.get(index, ()))
        or any((index, one) in forgetful for one in candidates)
    }
    links = [link for link in topology.links if not link.loop]
    sources = {link.source for link in links if link.destination in without}
    return {i for i, task in enumerate(topology.tasks) if task.alias in sources} - chosen.keys()


def _nodes_asked(requests: Sequence[Request]) -> dict[int, set[str] | None]:
    """Per task the union of the nodes asked for; None once somebody asked for all."""
    nodes: dict[int, set[str] | None] = {}
    for request in requests:
        for task in request.tasks:
            asked = nodes.get(task, set())
            wants_all = request.nodes is None or asked is None
            nodes[task] = None if wants_all else {*(asked or ()), *(request.nodes or ())}
    return nodes


def _choose(
    task: TaskSpec,
    nodes: set[str] | None,
    earlier: Sequence[int] | None,
    standing: Mapping[str, int],
    order: Sequence[int] | None,
) -> list[int]:
    if task.fixed and earlier is not None:
        return list(earlier)
    eligible = [
        index
        for index in _by_standing(task, order, standing)
        if nodes is None or node_of(task.candidates[index]) in nodes
    ]
    return sorted(eligible[: task.count])


def in_order(
    task: TaskSpec,
    order: Sequence[int] | None = None,
    gone: AbstractSet[str] = frozenset(),
    late: Sequence[str] = (),
) -> list[int]:
    """The candidates of a task as rounds take them: the best first, those that are gone last."""
    return _by_standing(task, order, _standing(gone, late))


def _by_standing(
    task: TaskSpec, order: Sequence[int] | None, standing: Mapping[str, int]
) -> list[int]:
    found = range(len(task.candidates)) if order is None else order
    return sorted(found, key=lambda index: standing.get(task.candidates[index], 0))


def _standing(gone: AbstractSet[str], late: Sequence[str]) -> dict[str, int]:
    """Where daemons stand in the choice: behind all others those that came late, then the gone."""
    return {name: place for place, name in enumerate(late, 1)} | dict.fromkeys(gone, len(late) + 1)


def needs(
    topology: Topology, members: Mapping[int, Sequence[int]], gone: AbstractSet[str]
) -> dict[str, str]:
    """The tasks of a roster that cannot do without a daemon that is gone, and one such daemon."""
    chosen = (
        (topology.tasks[task], topology.tasks[task].candidates[one])
        for task, candidates in members.items()
        for one in candidates
    )
    return {task.alias: daemon for task, daemon in chosen if daemon in gone}


def moved(
    topology: Topology,
    members: Mapping[int, list[int]],
    places: Sequence[Place],
    gone: AbstractSet[str],
    late: Sequence[str] = (),
    orders: Mapping[int, Sequence[int]] = MappingProxyType({}),
) -> dict[int, list[int]] | None:
    """A round's roster, with other candidates in the places of instances that are gone.

    All others keep theirs: whoever deals values out among them deals to places. Daemons that came
    late are taken last, as in the rounds to come. None if one of them must stay where it is: it is
    fixed, one of a pair, or has no other node.
    """
    standing = _standing(gone, late)
    paired = {
        alias
        for link in topology.links
        if link.policy == "pair"
        for alias in (link.source, link.destination)
    }
    found = dict(members)
    for task, candidate in places:
        spec = topology.tasks[task]
        spare = [
            index
            for index in _by_standing(spec, orders.get(task), standing)
            if index not in found[task] and spec.candidates[index] not in gone
        ]
        if spec.fixed or spec.alias in paired or not spare:
            return None
        found[task] = [spare[0] if one == candidate else one for one in found[task]]
    return found
