"""Telescopes stream events into a daemon: records, unions, a script, a control edge, globals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swarmdsl import Module, Swarm, Task
from swarmdsl.light import Daemon, World, on

ARCHIVE = """
def main():
    return None
"""


@dataclass(frozen=True)
class Event:
    """One triggered event."""

    telescope: str
    pixels: list[float]


@dataclass(frozen=True)
class Shower:
    """What several telescopes saw."""

    events: int


def prepare() -> None:
    """Comes first, and pushes nothing."""


def telescope(world: World, rate: float = 10.0) -> Iterator[Event]:
    """A stream of events."""
    yield Event(str(world.iteration), [rate])


class Stereo(Daemon):
    """Merges events of several telescopes."""

    @on
    def merge(self, event: Event) -> Shower | str | None:
        """At least one shower."""
        return Shower(len(event.pixels))


class Telescope(Swarm):
    """A small array."""

    name = "array"

    def __init__(self) -> None:
        super().__init__(max_iteration=2)
        self.set_global("threshold", 0.5)
        self.set_global("sites", {"north", "south", "east", "west"})
        self.set_global("nothing", None)

    def execute(self) -> list[Task]:
        """Telescopes, stereo, archive."""
        telescopes = Task(telescope, "all", alias="telescopes")(Task(prepare, "any"))
        stereo = Task(Stereo, "any", alias="stereo")(telescopes)
        return [Task(Module(ARCHIVE, name="archive"), "any")(stereo)]
