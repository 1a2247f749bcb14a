"""`swarm validate --capacity`: what the declared rates of each target come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from swarmdsl.compiler import capacity_report

if TYPE_CHECKING:
    from swarmdsl.compiler.capacity import Capacity

_NOTHING = "no rate, service time or budget is declared, or errors keep it from being worked out"


@dataclass(frozen=True, slots=True)
class Capacities:
    """The capacities of the targets, in the order in which they were named."""

    found: list[tuple[str, Capacity | None]] = field(default_factory=list)

    def add(self, target: str, capacity: Capacity | None) -> None:
        """Keep the capacity of a target; None if it has none."""
        self.found.append((target, capacity))

    def as_text(self) -> str:
        """A table for each target."""
        return "".join(f"\ncapacity of {target}\n{_text(one)}\n" for target, one in self.found)

    def as_values(self) -> list[dict[str, object]]:
        """A value for each target that has a capacity."""
        return [
            {"target": target, **capacity_report.document(one)}
            for target, one in self.found
            if one is not None
        ]


def _text(capacity: Capacity | None) -> str:
    return _NOTHING if capacity is None else capacity_report.table(capacity)
