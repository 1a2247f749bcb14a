"""Where a node of the inventory is written, and how to write something about it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from swarmdsl.compiler.argument import Argument, Steps
from swarmdsl.dsl import Inventory, Node, Span
from swarmdsl.dsl.inventory import WrittenFile
from swarmdsl.topology.places import line_of
from swarmdsl.topology.toml_lines import lines_of_toml

_NODES = Argument("nodes", 0)  # of `Inventory(...)`, or of what takes nodes, as `run(...)` does


class Place(NamedTuple):
    """Where something is written: a line, or a call and steps into it."""

    at: Span | None = None
    steps: Steps = ()


def node_place(inventory: Inventory, node: Node, key: str = "name") -> Place:
    """Where a key of a node is written; the node itself if it has no such key.

    Virtual nodes are written nowhere.
    """
    position = max(i for i, one in enumerate(inventory.nodes) if one is node)
    match inventory.origin:
        case WrittenFile(file=file, text=text):
            lines = lines_of_toml(text)
            path = ("node", position, key if ("node", position, key) in lines else "name")
            line = line_of(path, lines)
            return Place(None if line is None else Span(file=file, line=line, end_line=line))
        case Span() as at:
            return Place(at, (_NODES, position, key))
        case _:
            return Place()


def said_of(inventory: Inventory, node: Node | None, key: str, value: object) -> str:
    """What to write, and where, so that a node has a value: the middle of a sentence.

    Args:
        inventory: says in which form.
        node: None for whichever has it.
        key: of the node.
        value: for example.

    >>> from swarmdsl.dsl import Inventory, Node
    >>> node = Node(name="a")
    >>> said_of(Inventory(nodes=(node,)), node, "gpus", 1)
    "gpus=1 in the Node(...) of 'a'"
    """
    whose = "the node that has it" if node is None else repr(node.name)
    match inventory.origin:
        case WrittenFile():
            return f"{key} = {_in_toml(value)} in the [[node]] table of {whose}"
        case Span():
            return f"{key}={value!r} in the Node(...) of {whose}"
        case _:
            return (
                f"{key} = {_in_toml(value)} in the [[node]] table of an inventory file, and use "
                "that: --nodes nodes.toml"
            )


def _in_toml(value: object) -> str:
    """A number, a plain text, or a dict of plain texts."""
    if isinstance(value, Mapping):
        pairs = (f"{_in_toml(one)} = {_in_toml(other)}" for one, other in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return f'"{value}"' if isinstance(value, str) else str(value)
