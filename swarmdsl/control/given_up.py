"""Processes of daemons that were given up, and what still comes of them. Pure."""

from __future__ import annotations

from swarmdsl.control.happenings import DaemonGivenUp, Happening


class GivenUp:
    """Knows of whom nothing counts any more: others do the work, and will say the same.

    A process that was given up may live behind a broken cable, or have said something before it
    died. One that comes back is another process, and counts.

    >>> given_up = GivenUp()
    >>> given_up.introduced("worker@n1#0", 0)
    >>> given_up.told(DaemonGivenUp(daemon="worker@n1#0", text="node n1 was lost"))
    >>> given_up.introduced("worker@n1#0", 0)
    >>> "worker@n1#0" in given_up
    True
    >>> given_up.introduced("worker@n1#0", 1)
    >>> "worker@n1#0" in given_up
    False
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._incarnations: dict[str, int] = {}

    def __contains__(self, daemon: str) -> bool:
        return daemon in self._names

    def told(self, happening: Happening) -> None:
        """What has happened."""
        if isinstance(happening, DaemonGivenUp):
            self._names.add(happening.daemon)

    def introduced(self, daemon: str, incarnation: int) -> None:
        """A process has introduced itself, perhaps once more."""
        if self._incarnations.get(daemon) != incarnation:
            self._incarnations[daemon] = incarnation
            self._names.discard(daemon)
