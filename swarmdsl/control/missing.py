"""The instances that a run goes on without: `on_node_loss="continue"`. Pure.

An instance is lost for good with its daemon. Where it can, it moves; where it cannot, its task says
whether the run fails or goes on without it. In a round that has begun it keeps its place in the
roster, so that whoever deals values out among instances deals as before; from the next round on it
has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType

from swarmdsl.control.roster import Place, moved
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.model import Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A round's roster after a loss.

    Attributes:
        members: per task, the chosen candidates; others stand in the places of those that moved.
        missing: the instances that are left out, which are members still.
    """

    members: dict[int, list[int]]
    missing: frozenset[Place]


def settled(
    topology: Topology,
    members: Mapping[int, list[int]],
    places: Sequence[Place],
    gone: AbstractSet[str],
    awaited: AbstractSet[str] = frozenset(),
    late: Sequence[str] = (),
    orders: Mapping[int, Sequence[int]] = MappingProxyType({}),
) -> Settled | None:
    """What becomes of a round in which these instances are gone; None if it cannot go on.

    Args:
        topology: of the run.
        members: who takes part.
        places: of the instances.
        gone: the daemons that no round has.
        awaited: those of them that have never been there, which every task does without.
        late: the daemons that came after the run had begun: others are moved to first.
        orders: how the candidates of a task stand, if not as in the topology.
    """
    found, missing = dict(members), set()
    for place in places:
        task = topology.tasks[place[0]]
        elsewhere = moved(topology, found, [place], gone, late, orders)
        if elsewhere is not None:
            found = elsewhere
        elif task.on_node_loss == "continue" or task.candidates[place[1]] in awaited:
            missing.add(place)
        else:
            return None
    return Settled(members=found, missing=frozenset(missing))


def left_out(
    topology: Topology, gone: AbstractSet[str], awaited: AbstractSet[str] = frozenset()
) -> frozenset[Place]:
    """The instances that take no part in any round that begins, once these daemons are gone.

    Whatever their task says, those of daemons that are awaited take none. Besides those that were
    hosted there, each one that is fed by such a one as its pair: it has nothing to work on.
    """
    if not gone:
        return frozenset()
    lost = {
        (index, one)
        for index, task in enumerate(topology.tasks)
        for one, daemon in enumerate(task.candidates)
        if daemon in (gone if task.on_node_loss == "continue" else awaited)
    }
    position = {task.alias: index for index, task in enumerate(topology.tasks)}
    for link in topology.links:  # those into a task come after those into its sources
        if link.policy == "pair" and not link.to_run:
            source, fed = position[link.source], position[link.destination]
            hosts = topology.tasks[source].candidates
            nodes = {node_of(hosts[one]) for task, one in lost if task == source}
            fed_hosts = enumerate(topology.tasks[fed].candidates)
            lost |= {(fed, one) for one, host in fed_hosts if node_of(host) in nodes}
    return frozenset(lost)


def bereft(
    topology: Topology, members: Mapping[int, Sequence[int]], missing: AbstractSet[Place]
) -> list[str]:
    """The tasks of a roster none of whose instances is left."""
    return [
        topology.tasks[task].alias
        for task, candidates in members.items()
        if all((task, one) in missing for one in candidates)
    ]
