"""`swarm nodes`: what the nodes of an inventory have, or those that a cluster knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.nodes import cluster_from, inventory_from
from swarmdsl.cli.table import table
from swarmdsl.cli.values import as_json
from swarmdsl.deploy.clusters import READY, Member, members_of, ready_nodes
from swarmdsl.topology.hosts import host_of
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.memory import memory_text

_COLUMNS = ("name", "slots", "cpus", "memory", "gpus", "labels", "datasets", "host")


def show_nodes(command: Command) -> Exit:
    """Show the nodes that `--nodes` or `--engine` means; nothing is started.

    Those of a file are shown in its order, those of a cluster by name, with their states.

    Raises:
        UsageError: a number is out of range.
        InventoryError: the file cannot be read, or breaks a rule; a label of a node cannot be read.
        EngineError: the cluster does not answer.
    """
    cluster = cluster_from(command.settings)
    members = _members(command, cluster)
    if command.format == "json":
        nodes = [_document(member) for member in members]
        command.streams.show(as_json({"format_version": "1.0", "nodes": nodes}))
    elif command.format == "toml":
        ready = ready_nodes(cluster, members)
        command.streams.show("\n\n".join(map(_as_toml, ready)) + "\n")
    else:
        columns, rows = _columns_and_rows(members, has_states=bool(cluster))
        command.streams.show("\n".join(table(columns, rows, command.streams)) + "\n")
    return Exit.OK


def _members(command: Command, cluster: str) -> list[Member]:
    if not cluster:
        nodes = inventory_from(command.settings).nodes
        return [Member(node=node, state=READY) for node in nodes]
    if (slots := command.settings.find("slots")) is not None and slots.by_flag:
        raise UsageError(
            "--slots does not go with `swarm nodes` of a cluster: it shows what the cluster says, "
            "and the label swarmdsl.slots of a node says how many it has"
        )
    return members_of(cluster, command.environment)


def _document(member: Member) -> dict[str, object]:
    """A node as plain values; memory in bytes, null if it is not stated."""
    node = member.node
    return {
        "name": node.name,
        "state": member.state,
        "slots": node.slots,
        "cpus": node.processors,
        "memory": node.memory_bytes,
        "gpus": node.gpus,
        "labels": dict(node.labels),
        "datasets": dict(node.datasets),
        "host": host_of(node),
        "weight": node.weight,
        "expected": node.expected,
    }


_MORE: Mapping[str, Callable[[Member], str]] = {
    "weight": lambda member: f"{member.node.weight:g}",
    "there": lambda member: "may come later" if member.node.expected else "from the start",
    "state": lambda member: member.state,
}


def _columns_and_rows(
    members: Sequence[Member], *, has_states: bool
) -> tuple[list[str], list[list[str]]]:
    """With what only some nodes have, and with the states if somebody knows them."""
    more = ["weight"] if any(member.node.weight for member in members) else []
    more += ["there"] if any(member.node.expected for member in members) else []
    more += ["state"] if has_states else []
    rows = [[*_cells(one.node), *(_MORE[name](one) for name in more)] for one in members]
    return [*_COLUMNS, *more], rows


def _cells(node: Node) -> list[str]:
    memory = node.memory_bytes
    return [
        node.name,
        str(node.slots),
        f"{node.processors:g}",
        "not stated" if memory is None else memory_text(memory),
        str(node.gpus),
        _labels(node.labels),
        ", ".join(sorted(node.datasets)) or "-",
        host_of(node),
    ]


def _labels(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(labels.items())) or "-"


def _as_toml(node: Node) -> str:
    """A node as a table of an inventory file."""
    said: dict[str, object] = {"name": node.name, "slots": node.slots, "cpus": node.cpus}
    said |= {"memory": node.memory, "gpus": node.gpus or None, "host": node.host}
    said |= {"weight": node.weight or None, "expected": node.expected or None}
    said |= {"labels": node.labels, "datasets": node.datasets}
    pairs = (f"{key} = {_in_toml(value)}" for key, value in said.items() if value not in (None, {}))
    return "\n".join(("[[node]]", *pairs))


def _in_toml(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key)} = {json.dumps(text)}" for key, text in sorted(value.items()))
        return f"{{ {', '.join(pairs)} }}"
    # A text, a number or a truth is written in TOML as in JSON, but for one character.
    return json.dumps(value).replace("\x7f", "\\u007f")
