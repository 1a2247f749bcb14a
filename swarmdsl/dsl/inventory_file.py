"""The schema of an inventory file, checked by pydantic; imported only to read one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from swarmdsl.dsl.inventory import Inventory, WrittenFile, inventory_made_by
from swarmdsl.errors import InventoryError
from swarmdsl.topology.hosts import HOST_IN_WORDS, is_host
from swarmdsl.topology.inventory import NODE_NAME, SLOTS_MAX, Node
from swarmdsl.topology.memory import UNITS_IN_WORDS, memory_of

_NAME_IN_WORDS = (  # what NODE_NAME says
    "a name has 1 to 64 letters, digits, dots, dashes or underscores, "
    "and begins with a letter or digit"
)
_HEADER = re.compile(r"\s*\[\[\s*node\s*\]\]")
_NO_MEMORY = "no_memory"
_NO_HOST = "no_host"


def _bytes(written: object) -> int:
    """The bytes that a file says as a number or a text."""
    try:
        if isinstance(written, int | str):
            return memory_of(written)
    except ValueError:
        pass  # told below, as is a value of any other type
    raise PydanticCustomError(_NO_MEMORY, "must be " + UNITS_IN_WORDS)


def _host(written: object) -> str:
    """The name or address that a file says."""
    if isinstance(written, str) and is_host(written):
        return written
    raise PydanticCustomError(_NO_HOST, "must be " + HOST_IN_WORDS)


Name = Annotated[str, Field(pattern=f"^{NODE_NAME.pattern}$")]
Host = Annotated[str, BeforeValidator(_host)]
Memory = Annotated[int, BeforeValidator(_bytes)]


class NodeTable(BaseModel):
    """One `[[node]]` table."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name
    slots: Annotated[int, Field(ge=1, le=SLOTS_MAX)] = 1
    datasets: dict[str, str] = Field(default_factory=dict)
    cpus: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    memory: Memory | None = None
    gpus: Annotated[int, Field(ge=0)] = 0
    labels: dict[str, str] = Field(default_factory=dict)
    host: Host | None = None
    expected: bool = False
    weight: Annotated[float, Field(allow_inf_nan=False)] = 0.0


class InventoryFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    node: Annotated[list[NodeTable], Field(min_length=1)]


def inventory_of(document: dict[str, object], file: Path, text: str) -> Inventory:
    """The inventory that a parsed file holds.

    Args:
        document: what the file says.
        file: where it lies.
        text: as it was read; a problem is told with its line.

    Raises:
        InventoryError: with every problem of the file.
    """
    try:
        tables = InventoryFile.model_validate(document).node
    except ValidationError as problem:
        found = [_sentence(one, text) for one in problem.errors()]
        raise InventoryError(str(file), found) from None
    repeated = [name for name, times in Counter(one.name for one in tables).items() if times > 1]
    if repeated:
        names = [one.name for one in tables]
        raise InventoryError(str(file), [_repeated(name, names, text) for name in repeated])
    nodes = tuple(_node(table, file.parent) for table in tables)
    return inventory_made_by(WrittenFile(file=str(file.absolute()), text=text), nodes)


def _repeated(name: str, names: Sequence[str], text: str) -> str:
    places = [("node", index, "name") for index, one in enumerate(names) if one == name]
    lines = [str(line) for place in places if (line := _line(place, text))]
    where = f" (lines {', '.join(lines[:-1])} and {lines[-1]})" if len(lines) > 1 else ""
    number = "two" if len(places) == 2 else str(len(places))
    return f"{number} nodes are named {name!r}{where}: give each a name of its own"


def _node(table: NodeTable, folder: Path) -> Node:
    datasets = {name: str((folder / path).absolute()) for name, path in table.datasets.items()}
    return Node(**{**table.model_dump(), "datasets": datasets})


def _sentence(problem: ErrorDetails, text: str) -> str:
    """A problem as a person would say it: `node, number 2, slots (line 7): ..., got 0`."""
    line = _line(problem["loc"], text)
    place = ", ".join(_step(step) for step in problem["loc"]) + (f" (line {line})" if line else "")
    match problem["type"]:
        case "extra_forbidden":
            return f"{place}: no such key{_meant(problem['loc'])}"
        case "missing":
            return f"{place}: is missing"
        case "string_pattern_mismatch":
            return f"{place}: {_NAME_IN_WORDS}, got {problem['input']!r}"
        case _:
            message = problem["msg"]
            return f"{place}: {message[:1].lower()}{message[1:]}, got {problem['input']!r}"


def _meant(place: tuple[int | str, ...]) -> str:
    """The key that is almost the one at this place, as a question; empty if there is none."""
    known = NodeTable.model_fields if len(place) > 1 else InventoryFile.model_fields
    near = get_close_matches(str(place[-1]), list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _step(step: int | str) -> str:
    return f"number {step + 1}" if isinstance(step, int) else step


def _line(place: tuple[int | str, ...], text: str) -> int | None:
    """The line of a key in a `[[node]]` table, or of the table where it has no such key.

    The parser keeps no lines. Those of a file that is written in another way are not found.
    """
    lines = text.splitlines()
    headers = [number for number, one in enumerate(lines, 1) if _HEADER.match(one)]
    if len(place) < 2 or place[0] != "node" or not isinstance(place[1], int):
        return None
    if place[1] >= len(headers):
        return None
    first = headers[place[1]]
    ends = [*headers, len(lines) + 1][place[1] + 1]
    for key in map(re.escape, map(str, place[2:])):
        said = re.compile(rf"""\s*(["']?{key}["']?\s*=|\[\s*node\s*\.\s*["']?{key}["']?\s*\])""")
        inside = (number for number in range(first, ends) if said.match(lines[number - 1]))
        first = next(inside, first)
    return first
