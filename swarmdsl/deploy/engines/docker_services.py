"""Which services a Docker Swarm is asked for: daemons of one shape, each on its own node. Pure.

Where a group of daemons is on all nodes that have the labels that its tasks ask for, its service is
global: Docker keeps one of its containers on every such node. Else it has as many replicas as there
are nodes, at most one on each, and its constraints leave it no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from swarmdsl.deploy.images.environments import entered_by
from swarmdsl.deploy.images.healthcheck import LOOKS, looks_before_replaced
from swarmdsl.topology.expand import DaemonSpec, expand_daemons
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.model import TaskSpec, Topology
from swarmdsl.topology.resources import NOTHING, Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """One service, and the daemons that its containers have.

    Attributes:
        daemons: what its containers say they are for: the group of daemons and the number of each
            on its node, as in `worker#0`.
        image: of its containers, as the topology's daemons have it.
        nodes: the nodes of its daemons, in the order of the topology.
        is_global: whether Docker keeps a container on every node that the constraints allow.
        constraints: as Docker writes them; all of them hold.
        limits: what each container may take.
        datasets: the paths of the node that each container sees, by where it sees them.
        networks: of the swarm, by name, that each container is in beside that of the run.
        looks: how many in a row must find a container unhealthy before Docker replaces it.
        is_entered: whether the image is that of a module, with our Python in a folder.
    """

    daemons: str
    image: str
    nodes: tuple[str, ...]
    is_global: bool
    constraints: tuple[str, ...]
    limits: Resources = NOTHING
    datasets: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    looks: int = LOOKS
    is_entered: bool = False

    @property
    def mode(self) -> str:
        """In words.

        >>> plan = ServicePlan(daemons="worker#0", image="i", nodes=("a", "b"), is_global=False,
        ...                    constraints=())
        >>> plan.mode
        '2 replicas'
        """
        if self.is_global:
            return "global"
        return "1 replica" if len(self.nodes) == 1 else f"{len(self.nodes)} replicas"


def daemons_of(daemon: DaemonSpec) -> str:
    """Under which name the container of a daemon asks for it; with its node that is only one.

    >>> daemons_of(DaemonSpec(name="worker@n1#2", group="worker", kind="worker", node="n1"))
    'worker#2'
    """
    return f"{daemon.group}#{daemon.name.rpartition('#')[2]}"


def services_of(
    topology: Topology,
    images: Mapping[str, str],
    limits: Mapping[str, Resources],
    datasets: Mapping[str, Mapping[str, str]],
    cluster: Iterable[str],
    joined: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> list[ServicePlan]:
    """The services of a topology, in the order of its daemons.

    Args:
        topology: what is to run.
        images: of each daemon, by its name.
        limits: what each daemon may take, by its name.
        datasets: the paths that each daemon sees, by its name.
        cluster: the names of all nodes of the Docker Swarm, also those that the topology does not
            have.
        joined: the networks of the swarm that each daemon joins, by its name.
    """
    shapes: dict[tuple[object, ...], list[DaemonSpec]] = {}
    for daemon in expand_daemons(topology):
        seen = datasets.get(daemon.name, {})
        shape = (
            daemons_of(daemon),
            images[daemon.name],
            limits.get(daemon.name, NOTHING),
            tuple(sorted(seen.items())),
            joined.get(daemon.name, ()),
        )
        shapes.setdefault(shape, []).append(daemon)
    entered = entered_by(topology)
    others = sorted(set(cluster) - {node.name for node in topology.nodes})
    return [
        replace(
            _plan(topology, alike, images, limits, datasets, others),
            networks=joined.get(alike[0].name, ()),
            is_entered=alike[0].name in entered,
        )
        for alike in shapes.values()
    ]


def without(plan: ServicePlan, node: str) -> ServicePlan | None:
    """A service that leaves out one of its nodes; None if it has no other.

    >>> plan = ServicePlan(daemons="worker#0", image="i", nodes=("a", "b"), is_global=True,
    ...                    constraints=())
    >>> without(plan, "a").constraints, without(without(plan, "a"), "b")
    (('node.hostname!=a',), None)
    """
    nodes = tuple(one for one in plan.nodes if one != node)
    if not nodes:
        return None
    return replace(plan, nodes=nodes, constraints=(*plan.constraints, f"node.hostname!={node}"))


def alone(plan: ServicePlan, node: str, image: str) -> ServicePlan:
    """What a service has on one of its nodes, as a service of its own, with another image."""
    return replace(
        plan,
        nodes=(node,),
        image=image,
        is_global=False,
        constraints=(f"node.hostname=={node}",),
    )


def _plan(
    topology: Topology,
    alike: list[DaemonSpec],
    images: Mapping[str, str],
    limits: Mapping[str, Resources],
    datasets: Mapping[str, Mapping[str, str]],
    others: list[str],
) -> ServicePlan:
    first = alike[0]
    nodes = tuple(daemon.node for daemon in alike)
    labels = _labels_asked_for(topology, {daemon.name for daemon in alike})
    matching = {node.name for node in topology.nodes if _has(node, labels)}
    is_global = matching == set(nodes)
    excluded = [node.name for node in topology.nodes if node.name not in nodes] + others
    constraints = [f"node.labels.{name}=={value}" for name, value in sorted(labels.items())]
    if is_global and labels:
        excluded = others  # The labels leave out the rest of the topology's.
    elif len(nodes) == 1:
        constraints, excluded = [f"node.hostname=={nodes[0]}"], []
    constraints += [f"node.hostname!={node}" for node in excluded]
    return ServicePlan(
        daemons=daemons_of(first),
        image=images[first.name],
        nodes=nodes,
        is_global=is_global and len(nodes) > 1,
        constraints=tuple(constraints),
        limits=limits.get(first.name, NOTHING),
        datasets=datasets.get(first.name, {}),
        looks=looks_before_replaced(topology.limits.stopped_s),
    )


def _labels_asked_for(topology: Topology, daemons: set[str]) -> dict[str, str]:
    """The labels of nodes that every task asks for that these daemons may host."""
    hosted = [task for task in topology.tasks if not daemons.isdisjoint(task.candidates)]
    return dict(_common(hosted)) if hosted else {}


def _common(tasks: list[TaskSpec]) -> set[tuple[str, str]]:
    return set[tuple[str, str]].intersection(*(set(task.labels.items()) for task in tasks))


def _has(node: Node, labels: Mapping[str, str]) -> bool:
    return labels.items() <= dict(node.labels).items()
