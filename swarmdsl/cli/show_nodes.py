"""`swarm nodes`: what the nodes of an inventory have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.nodes import inventory_from
from swarmdsl.cli.streams import Streams
from swarmdsl.cli.values import as_json
from swarmdsl.topology.hosts import host_of
from swarmdsl.topology.inventory import Node
from swarmdsl.topology.memory import memory_text

_COLUMNS = ("name", "slots", "cpus", "memory", "gpus", "labels", "datasets", "host")


def show_nodes(command: Command) -> Exit:
    """Show the nodes that `--nodes` means, in the order of the inventory; nothing is started.

    Raises:
        UsageError: a number is out of range.
        InventoryError: the file cannot be read, or breaks a rule.
    """
    nodes = inventory_from(command.settings).nodes
    if command.format == "json":
        command.streams.show(
            as_json({"format_version": "1.0", "nodes": [_document(node) for node in nodes]})
        )
    else:
        command.streams.show("\n".join(_table(nodes, command.streams)) + "\n")
    return Exit.OK


def _document(node: Node) -> dict[str, object]:
    """A node as plain values; memory in bytes, null if it is not stated."""
    return {
        "name": node.name,
        "slots": node.slots,
        "cpus": node.processors,
        "memory": node.memory_bytes,
        "gpus": node.gpus,
        "labels": dict(node.labels),
        "datasets": dict(node.datasets),
        "host": host_of(node),
    }


def _table(nodes: Sequence[Node], streams: Streams) -> Iterator[str]:
    rows = [_cells(node) for node in nodes]
    widths = [max(len(cell) for cell in cells) for cells in zip(_COLUMNS, *rows, strict=True)]
    yield streams.paint(_row(_COLUMNS, widths), "strong", streams.out)
    yield from (_row(row, widths) for row in rows)


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


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
