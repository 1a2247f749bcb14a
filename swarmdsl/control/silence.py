"""A long wait in which nothing happens is told, so that nobody wonders. Pure: time is handed in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import Waiting
from swarmdsl.control.movement import Movement
from swarmdsl.control.reasons import NAMES_SHOWN_MAX
from swarmdsl.topology.expand import InstanceSpec
from swarmdsl.topology.model import Topology

TOLD_AFTER_S = 10.0  # what a person bears; every time after twice as long


class Silence:
    """When to say that a run still waits.

    >>> silence = Silence()
    >>> [silence.is_long(now_s, told=1) for now_s in (0.0, 9.0, 10.0, 19.0, 20.0, 39.0, 40.0)]
    [False, False, True, False, True, False, True]
    >>> silence.is_long(41.0, told=2), silence.since_s
    (False, 41.0)
    """

    def __init__(self) -> None:
        self.began_s: float | None = None
        self.since_s = math.inf
        self._told = -1
        self._due_s = math.inf

    def is_long(self, now_s: float, told: int) -> bool:
        """Whether to tell of it now.

        Args:
            now_s: the time.
            told: how much has been told so far; more of it ends a silence.
        """
        if self.began_s is None:
            self.began_s = now_s
        if told != self._told:
            self._told, self.since_s, self._due_s = told, now_s, now_s + TOLD_AFTER_S
        if now_s < self._due_s:
            return False
        self._due_s = now_s + (now_s - self.since_s)
        return True

    def next_s(self) -> float:
        """When to ask again, at the latest."""
        return self._due_s


def waiting(
    topology: Topology,
    daemons: DaemonTable,
    instances: Mapping[str, InstanceSpec],
    silence: Silence,
    movement: Movement,
    now_s: float,
) -> Waiting:
    """What a run waits for: daemons first of all, then those at work, then confirmations."""
    timeout_s, since_s = topology.limits.start_timeout_s, silence.since_s
    if absent := daemons.missing():
        what = f"{len(absent)} of {daemons.count} daemons: {_listed(absent)}"
        if daemons.starting and silence.began_s is not None:
            since_s = silence.began_s
        return Waiting(what=what, seconds=now_s - since_s, at_most_s=timeout_s)
    if working := daemons.working():
        limits = [topology.tasks[instances[name].task].timeout_s for name in working]
        at_most_s = max((one for one in limits if one is not None), default=None)
        if None in limits:
            at_most_s = None
        return Waiting(
            what=_listed(working),
            seconds=now_s - since_s,
            at_most_s=at_most_s,
            at_work=True,
            so_far=movement.text(now_s),
        )
    unconfirmed = daemons.unconfirmed()
    what = f"what {_listed(unconfirmed)} pushed to be used" if unconfirmed else "the next push"
    return Waiting(what=what, seconds=now_s - since_s, at_most_s=None)


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = len(found) - NAMES_SHOWN_MAX
    shown = ", ".join(found[:NAMES_SHOWN_MAX])
    return shown if more <= 0 else f"{shown} and {more} more"
