"""The schema of an inventory file, checked by pydantic; imported only to read one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from swarmdsl.errors import InventoryError
from swarmdsl.topology.inventory import NODE_NAME, SLOTS_MAX, Inventory, Node

_NAME_IN_WORDS = (  # what NODE_NAME says
    "a name has 1 to 64 letters, digits, dots, dashes or underscores, "
    "and begins with a letter or digit"
)

Name = Annotated[str, Field(pattern=f"^{NODE_NAME.pattern}$")]


class NodeTable(BaseModel):
    """One `[[node]]` table."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name
    slots: Annotated[int, Field(ge=1, le=SLOTS_MAX)] = 1
    datasets: dict[str, str] = Field(default_factory=dict)


class InventoryFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    node: Annotated[list[NodeTable], Field(min_length=1)]


def inventory_of(document: dict[str, object], file: Path) -> Inventory:
    """The inventory that a parsed file holds.

    Raises:
        InventoryError: with every problem of the file.
    """
    try:
        tables = InventoryFile.model_validate(document).node
    except ValidationError as problem:
        raise InventoryError(str(file), [_sentence(one) for one in problem.errors()]) from None
    repeated = [name for name, times in Counter(one.name for one in tables).items() if times > 1]
    if repeated:
        raise InventoryError(str(file), [f"two nodes are named {name!r}" for name in repeated])
    return Inventory(nodes=tuple(_node(table, file.parent) for table in tables))


def _node(table: NodeTable, folder: Path) -> Node:
    datasets = {name: str((folder / path).absolute()) for name, path in table.datasets.items()}
    return Node(name=table.name, slots=table.slots, datasets=datasets)


def _sentence(problem: ErrorDetails) -> str:
    """A problem as a person would say it: `node 2, slots: ..., got 0`."""
    place = ", ".join(_step(step) for step in problem["loc"])
    match problem["type"]:
        case "extra_forbidden":
            return f"{place}: no such key"
        case "missing":
            return f"{place}: is missing"
        case "string_pattern_mismatch":
            return f"{place}: {_NAME_IN_WORDS}, got {problem['input']!r}"
        case _:
            message = problem["msg"]
            return f"{place}: {message[:1].lower()}{message[1:]}, got {problem['input']!r}"


def _step(step: int | str) -> str:
    return f"number {step + 1}" if isinstance(step, int) else step
