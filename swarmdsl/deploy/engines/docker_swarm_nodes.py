"""The nodes of a Docker Swarm, read from what its manager says of them.

A node is called as its host is. What Docker does not know of it, labels of the node say:
`swarmdsl.slots`, `swarmdsl.weight`, and `swarmdsl.dataset.NAME`, the path of a dataset there. All
other labels are those that tasks ask for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from swarmdsl.deploy.clusters import READY, Member
from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.engines.docker_swarm_client import NAME, SwarmClient
from swarmdsl.errors import InventoryError
from swarmdsl.topology.hosts import is_host
from swarmdsl.topology.inventory import NODE_NAME, SLOTS_MAX, Node

OURS = "swarmdsl."
SLOTS, WEIGHT, DATASET = f"{OURS}slots", f"{OURS}weight", f"{OURS}dataset."
KNOWN = f"{SLOTS}, {WEIGHT} and {DATASET}NAME"
ACTIVE = "active"

ValueT = TypeVar("ValueT")

Shown = Mapping[str, Any]
"""A node as Docker's API shows it, `GET /nodes`."""


def read_members(environment: Mapping[str, str]) -> list[Member]:
    """The nodes of the Docker Swarm that is managed where `DOCKER_HOST` says.

    Raises:
        InventoryError: a label of a node cannot be read.
        EngineError: no manager answers there.
        ExtraMissing: docker-py is not installed.
    """
    client = DockerClient(environment)
    try:
        SwarmClient(client)  # a manager, or an error that says what to do
        with client.told("cannot list the nodes of the Docker Swarm"):
            shown = client.api.nodes()
    finally:
        client.close()
    return members_shown(shown)


def members_shown(shown: Iterable[Shown]) -> list[Member]:
    """The nodes in what Docker's API shows, in the order of their names. Pure.

    Raises:
        InventoryError: with every label that cannot be read.

    >>> [one] = members_shown([{
    ...     "Spec": {"Availability": "active", "Labels": {"zone": "a", "swarmdsl.weight": "0.5"}},
    ...     "Description": {"Hostname": "n1", "Resources": {"NanoCPUs": 4 * 10**9}},
    ...     "Status": {"State": "ready", "Addr": "10.0.0.1"},
    ... }])
    >>> one.state, one.node.name, one.node.slots, one.node.weight, one.node.host
    ('ready', 'n1', 4, 0.5, '10.0.0.1')
    """
    problems: list[str] = []
    members = [_member(one, problems) for one in shown]
    if problems:
        raise InventoryError(NAME, problems)
    return sorted(members, key=lambda member: member.node.name)


def _member(shown: Shown, problems: list[str]) -> Member:
    description = shown.get("Description") or {}
    resources = description.get("Resources") or {}
    name = str(description.get("Hostname", ""))
    if not NODE_NAME.fullmatch(name):
        problems.append(f"the host name {name!r} is no name of a node")
    labels = _Labels(name, (shown.get("Spec") or {}).get("Labels") or {}, problems)
    cpus = resources.get("NanoCPUs", 0) / 1e9
    node = Node(
        name=name,
        slots=labels.slots(max(1, min(SLOTS_MAX, math.floor(cpus)))),
        cpus=cpus or None,
        memory=resources.get("MemoryBytes") or None,
        gpus=_gpus(resources.get("GenericResources") or ()),
        labels=labels.of_tasks(),
        datasets=labels.datasets(),
        host=_host(shown),
        weight=labels.weight(),
    )
    labels.require_known()
    return Member(node=node, state=_state(shown))


def _state(shown: Shown) -> str:
    state = str((shown.get("Status") or {}).get("State", "unknown"))
    use = str((shown.get("Spec") or {}).get("Availability", ACTIVE))
    return use if state == READY and use != ACTIVE else state


def _host(shown: Shown) -> str | None:
    """Its address; a manager that was given none knows it by another way."""
    manager = str((shown.get("ManagerStatus") or {}).get("Addr", ""))
    told = [str((shown.get("Status") or {}).get("Addr", "")), manager.rpartition(":")[0]]
    return next((host for host in told if is_host(host)), None)


def _gpus(generic: Iterable[Mapping[str, Any]]) -> int:
    """How many there are of what is called a GPU: `NVIDIA-GPU=2`, or one entry for each."""
    count = 0
    for one in generic:
        named, counted = one.get("NamedResourceSpec"), one.get("DiscreteResourceSpec")
        if named and _is_gpu(named):
            count += 1
        if counted and _is_gpu(counted):
            count += int(counted.get("Value", 0))
    return count


def _is_gpu(resource: Mapping[str, Any]) -> bool:
    return "gpu" in str(resource.get("Kind", "")).lower()


class _Labels:
    """The labels of a node: what they say to us, and what is left for tasks."""

    def __init__(self, node: str, labels: Mapping[str, str], problems: list[str]) -> None:
        self._node, self._labels, self._problems = node, labels, problems

    def of_tasks(self) -> dict[str, str]:
        return {key: value for key, value in self._labels.items() if not key.startswith(OURS)}

    def datasets(self) -> dict[str, str]:
        return {
            key.removeprefix(DATASET): path
            for key, path in self._labels.items()
            if key.startswith(DATASET)
        }

    def slots(self, otherwise: int) -> int:
        return self._read(SLOTS, otherwise, _slots, f"a whole number from 1 to {SLOTS_MAX}")

    def weight(self) -> float:
        return self._read(WEIGHT, 0.0, _weight, "a number, as in 0.5 or -1")

    def require_known(self) -> None:
        for key in self._labels:
            if key.startswith(OURS) and key not in (SLOTS, WEIGHT) and not key.startswith(DATASET):
                self._problems.append(
                    f"node {self._node} has the label {key}, which means nothing; {KNOWN} do"
                )

    def _read(
        self, key: str, otherwise: ValueT, read: Callable[[str], ValueT], wanted: str
    ) -> ValueT:
        if key not in self._labels:
            return otherwise
        try:
            return read(self._labels[key])
        except ValueError:
            said = f"node {self._node} has the label {key}={self._labels[key]!r}, not {wanted}"
            self._problems.append(said)
            return otherwise


def _slots(text: str) -> int:
    slots = int(text)
    if not 1 <= slots <= SLOTS_MAX:
        raise ValueError(text)
    return slots


def _weight(text: str) -> float:
    weight = float(text)
    if not math.isfinite(weight):
        raise ValueError(text)
    return weight
