"""What one instance of a task asks its node for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """An amount of each resource; 0 asks for none. All of them choose nodes.

    Attributes:
        cpu: processors, or a share of one; rounded up, the threads of libraries in a process that
            works for the task alone. It is no limit.
        memory: bytes; the most that the task may take, where its engine can enforce it.
        gpu: graphics processors.

    >>> Resources(cpu=0.5, gpu=1).memory
    0
    """

    cpu: float = 0.0
    memory: int = 0
    gpu: int = 0

    def __post_init__(self) -> None:
        """Read a whole number of processors as its float, so that a document says it one way."""
        object.__setattr__(self, "cpu", float(self.cpu))


NOTHING = Resources()
"""What most tasks ask for: one value for all of them, so that comparing costs little."""
