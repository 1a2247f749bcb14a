"""SW321: a dataset of an inventory file that does not lie where the file says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.node_place import node_place
from swarmdsl.dsl import Node
from swarmdsl.dsl.inventory import WrittenFile
from swarmdsl.topology.hosts import THIS_MACHINE, host_of


def check_missing_datasets(draft: Draft) -> Iterator[Diagnostic]:
    """Each such dataset that a module asks for, of a node that is this machine.

    Of other machines nothing is known here, nor of a node that comes later.
    """
    inventory = draft.inventory
    if not isinstance(inventory.origin, WrittenFile):
        return
    file = Path(inventory.origin.file)
    asked = sorted({name for _, module in draft.modules() for name in module.datasets})
    nodes = [one for one in inventory.nodes if host_of(one) == THIS_MACHINE and not one.expected]
    for node in nodes:
        for name in asked:
            path = node.datasets.get(name)
            if path is not None and _is_missing(path):
                yield _told(draft, file, node, name)


def _is_missing(path: str) -> bool:
    """Whether there is certainly nothing; what may not be looked at may be there."""
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return True
    except OSError:
        return False
    return False


def _told(draft: Draft, file: Path, node: Node, name: str) -> Diagnostic:
    path = Path(node.datasets[name])
    beside = path.is_relative_to(file.parent)
    shown = path.relative_to(file.parent) if beside else path
    start = f"; a relative path starts at the folder of {file.name}" if beside else ""
    return finding(
        "SW321",
        f"{file.name} says that dataset {name!r} of node {node.name!r} is at "
        f"{shown.as_posix()}, and nothing is there",
        at=node_place(draft.inventory, node, "datasets").at,
        hint=f"put it there, or write where it is{start}",
    )
