"""Nodes and inventories, and the TOML file that describes one."""

from __future__ import annotations

import tomllib
from pathlib import Path

from swarmdsl.dsl.inventory import Inventory
from swarmdsl.errors import InventoryError
from swarmdsl.topology.inventory import Node

__all__ = ["Inventory", "Node", "load_inventory"]


def load_inventory(path: str | Path) -> Inventory:
    r"""The nodes that a TOML file describes, as `[[node]]` tables.

    Every table has a `name`, and may have `slots`, `datasets`, `cpus`, `memory`, `gpus` and
    `labels`. Relative paths of datasets start at the folder of the file. `memory` is a number of
    bytes, or a text as in "64GiB" (of 1024) or "64GB" (of 1000).

    Raises:
        InventoryError: the file cannot be read, or breaks a rule; all problems are listed,
            each with its table, key and line.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "nodes.toml")
    ...     _ = file.write_text('[[node]]\nname = "one"\nslots = 2\n')
    ...     load_inventory(file).nodes[0].slots
    2
    """
    file = Path(path)
    try:
        text = file.read_text("utf-8")
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InventoryError(str(path), [str(problem)]) from problem
    # pydantic takes long to load, and only this function needs it.
    from swarmdsl.dsl.inventory_file import inventory_of

    return inventory_of(document, file, text)
