"""From nodes to daemons: function and script instances share workers, daemons stand alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, cycle

from swarmdsl.compiler.chains import before_in_chain
from swarmdsl.compiler.draft import Draft
from swarmdsl.topology.expand import daemon_name
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.topology.model import DaemonGroup

WORKER = "worker"


@collection_paused()
def pack(draft: Draft) -> Draft:
    """Give each candidate a daemon.

    The instances that a round is expected to choose are dealt out over the slots of their node. A
    candidate that only steps in for another costs no worker of its own: it joins those there are.
    """
    daemons = list(draft.graph.daemons)
    shared = [alias for alias in draft.graph if alias not in draft.graph.daemons]
    worker = _free_name(daemons)
    used = _used_slots(draft, shared)
    hosts = {alias: _alone(draft, alias) for alias in daemons}
    hosts |= _dealt(draft, shared, used, worker)
    groups = [_group(draft, alias) for alias in daemons]
    if shared:
        nodes = [node.name for node in draft.inventory.nodes if node.name in used]
        groups.insert(
            0,
            DaemonGroup(
                name=worker,
                kind="worker",
                nodes=tuple(nodes),
                per_node=tuple(used[name] for name in nodes),
            ),
        )
    return replace(draft, groups=tuple(groups), hosts=hosts)


def _free_name(taken: Iterable[str]) -> str:
    name, names = WORKER, set(taken)
    while name in names:
        name += "_"
    return name


def _used_slots(draft: Draft, aliases: Iterable[str]) -> dict[str, int]:
    """How many workers each node needs: no more than it has slots, and none that idles."""
    slots = {node.name: node.slots for node in draft.inventory.nodes}
    placements = [draft.placements[alias] for alias in aliases]
    expected = Counter(chain.from_iterable(one.nodes[: one.count] for one in placements))
    possible: set[str] = set()
    for one in placements:
        if len(possible) == len(slots):
            break
        possible.update(one.nodes)
    return {name: max(1, min(slots[name], expected[name])) for name in slots if name in possible}


def _dealt(
    draft: Draft, aliases: Sequence[str], used: dict[str, int], worker: str
) -> dict[str, tuple[str, ...]]:
    """The daemons of each task: dealt out over the workers of a node where it is expected to run.

    A task that goes on with a chain is where the one before it is, if they are on one node. Those
    that only step in have the same number on each node, so that a document can say them briefly,
    and another one from task to task.
    """
    workers = {
        node: [daemon_name(worker, node, number) for number in range(count)]
        for node, count in used.items()
    }
    expected = {node: cycle(names) for node, names in workers.items()}
    fewest = min(used.values(), default=1)
    in_reserve = cycle([{node: workers[node][k] for node in workers} for k in range(fewest)])
    hosts: dict[str, tuple[str, ...]] = {}
    before = before_in_chain(draft, aliases)
    for alias in aliases:
        nodes, count = draft.placements[alias].nodes, draft.placements[alias].count
        same = hosts[before[alias]][0] if alias in before else ""
        if same in workers[nodes[0]]:
            chosen = [same]
        else:
            chosen = [next(expected[node]) for node in nodes[:count]]
        reserve = next(in_reserve)
        hosts[alias] = (*chosen, *[reserve[node] for node in nodes[count:]])
    return hosts


def _alone(draft: Draft, alias: str) -> tuple[str, ...]:
    return tuple(daemon_name(alias, node, 0) for node in draft.placements[alias].nodes)


def _group(draft: Draft, alias: str) -> DaemonGroup:
    chosen = set(draft.placements[alias].nodes)
    nodes = tuple(node.name for node in draft.inventory.nodes if node.name in chosen)
    return DaemonGroup(
        name=alias,
        kind="daemon",
        nodes=nodes,
        per_node=(1,) * len(nodes),
        receiving_port=draft.task(alias).port,
    )
