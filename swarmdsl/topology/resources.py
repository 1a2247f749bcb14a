"""What one instance of a task asks its node for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """An amount of each resource; 0 asks for none.

    Attributes:
        cpu: processors, or a share of one.
        memory: bytes.
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
