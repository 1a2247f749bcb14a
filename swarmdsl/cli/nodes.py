"""The inventory that a command was told to use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from swarmdsl.api import inventory_of
from swarmdsl.cli.exits import UsageError
from swarmdsl.cli.settings import Given, Settings
from swarmdsl.deploy.clusters import CLUSTERS, nodes_of
from swarmdsl.dsl.inventory import Inventory, inventory_made_by
from swarmdsl.topology.inventory import SLOTS_MAX

NODES_MAX = 10_000  # virtual nodes: more than a machine can host, few enough to stop a typo


def inventory_from(settings: Settings) -> Inventory:
    """The nodes that `nodes` and `slots` describe, or the engine's own if it is a cluster.

    By default it is one node with all cores.

    Raises:
        UsageError: a number is out of range, or `--slots` was given together with a file.
        InventoryError: the file cannot be read, or breaks a rule; no node of a cluster is ready.
        EngineError: the cluster does not answer.
    """
    nodes, slots = settings.find("nodes"), settings.find("slots")
    if cluster := cluster_from(settings):
        nodes_there = nodes_of(cluster, settings.environment)
        return _with_slots(inventory_made_by(None, nodes_there), slots)
    if nodes is not None and not _is_number(nodes.text):
        return _from_file(nodes, slots)
    return _with_slots(inventory_of(1 if nodes is None else _number(nodes, NODES_MAX)), slots)


def reweighed(inventory: Inventory, weights: Mapping[str, float]) -> Inventory:
    """The same nodes, some with another weight.

    >>> [node.weight for node in reweighed(Inventory.local(nodes=2, cores=2), {"node2": 1.0}).nodes]
    [0.0, 1.0]
    """
    if not weights:
        return inventory
    nodes = (replace(one, weight=weights.get(one.name, one.weight)) for one in inventory.nodes)
    return inventory_made_by(inventory.origin, tuple(nodes))


def cluster_from(settings: Settings) -> str:
    """The cluster whose nodes are meant: that of `nodes`, or else the engine; "" if none is.

    >>> cluster_from(Settings(environment={"SWARM_ENGINE": "docker-swarm"}))
    'docker-swarm'
    """
    given = settings.find("nodes") or settings.find("engine")
    return given.text if given is not None and given.text in CLUSTERS else ""


def _with_slots(inventory: Inventory, slots: Given | None) -> Inventory:
    if slots is None:
        return inventory
    number = _number(slots, SLOTS_MAX)
    wider = tuple(replace(node, slots=number) for node in inventory.nodes)
    return inventory_made_by(inventory.origin, wider)


def _from_file(nodes: Given, slots: Given | None) -> Inventory:
    if not Path(nodes.text).is_file():
        raise UsageError(
            f"{nodes.origin} {nodes.text}: this is neither a number nor a file. Write --nodes 4 "
            "for four virtual nodes, or name a file with [[node]] tables, or a cluster: "
            f"{', '.join(CLUSTERS)}"
        )
    if slots is not None and slots.by_flag:
        raise UsageError(
            f"--slots goes with a number of nodes: in {nodes.text} each node has its own slots"
        )
    return inventory_of(Path(nodes.text))


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+", text) is not None


def _number(given: Given, most: int) -> int:
    if not _is_number(given.text) or not 1 <= int(given.text) <= most:
        raise UsageError(f"{given.origin} {given.text}: must be a number from 1 to {most}")
    return int(given.text)
