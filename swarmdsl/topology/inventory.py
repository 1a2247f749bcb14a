"""A node that can host daemons: what a compilation places tasks on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from swarmdsl.topology.memory import memory_of

# A node's name becomes part of `alias@node#replica`, of file names and of addresses.
NODE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SLOTS_MAX = 4_096  # worker daemons per node: far beyond any machine, near enough to stop a typo


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A machine, or a virtual one on a laptop, that can host daemons.

    Attributes:
        name: unique within the inventory; the second half of an instance's name.
        slots: how many worker daemons (and so function tasks at once) it hosts.
        datasets: name to folder or file on that node; the data never leaves it unless a task
            pushes it.
        cpus: processors that tasks may ask for; None for as many as there are slots.
        memory: bytes that tasks may ask for, which may be written as in "64GiB" (of 1024) or
            "64GB" (of 1000); None if it is not stated, and so not compared.
        gpus: graphics processors that tasks may ask for.
        labels: what is said of the node, as in `{"zone": "a"}`; a task may ask for values of it.
        host: the name or address of the machine; None for this one, which is "localhost" too.
        expected: it may come later: a run begins without it, and its instances take part from the
            round on that begins when it is there.
        weight: is added to its load, which is 1 when its slots are taken, wherever loads are
            compared: tasks that are spread come here later, or sooner if it is below 0.

    >>> node = Node(name="node1", slots=2, datasets={"digits": "/data/digits.npz"})
    >>> node.slots, node.processors, node.gpus
    (2, 2, 0)
    >>> Node(name="node2", memory="2KiB").memory
    2048
    """

    name: str
    slots: int = 1
    datasets: Mapping[str, str] = field(default_factory=dict)
    cpus: float | None = None
    memory: int | str | None = None
    gpus: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    host: str | None = None
    expected: bool = False
    weight: float = 0.0

    def __post_init__(self) -> None:
        """Read what can be written in several ways, so that a document says it in one.

        Raises:
            ValueError: `memory` is no amount of memory.
        """
        if isinstance(self.cpus, int | float):
            object.__setattr__(self, "cpus", float(self.cpus))
        if isinstance(self.weight, int) and not isinstance(self.weight, bool):
            object.__setattr__(self, "weight", float(self.weight))
        if self.memory is not None:
            object.__setattr__(self, "memory", memory_of(self.memory))

    @property
    def processors(self) -> float:
        """The processors that tasks may ask for."""
        return self.slots if self.cpus is None else self.cpus

    @property
    def memory_bytes(self) -> int | None:
        """The memory that tasks may ask for; None if it is not stated."""
        return None if self.memory is None else memory_of(self.memory)
