"""How long messages and work take: the usual times, and spells in which they are longer."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from swarmdsl.testing.network import Place
from swarmdsl.testing.scheduler import Scheduler

DELAY_MAX_S = 0.05  # of a message in fair weather
USUAL_DELAYS_S = (0.000_05, 0.000_3, 0.002)  # one of them is the mean of a simulation
USUAL_WORK_S = (0.000_05, 0.000_5, 0.003)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A while in which messages that match wait, or take longer.

    Attributes:
        senders: names of processes or nodes.
        receivers: the same.
        until_s: when it ends.
        extra_s: how much longer they take at most; 0: they wait until it ends.
    """

    senders: frozenset[str]
    receivers: frozenset[str]
    until_s: float
    extra_s: float = 0.0

    def matches(self, sender: Place, receiver: Place) -> bool:
        """Whether a message is in it."""
        return bool(
            self.senders & {sender.name, sender.node}
            and self.receivers & {receiver.name, receiver.node}
        )


class Conditions:
    """The weather of one simulation.

    Args:
        scheduler: virtual time.
        chance: how long each thing takes.
    """

    def __init__(self, scheduler: Scheduler, chance: Random) -> None:
        self._scheduler = scheduler
        self._chance = chance
        self._usual_delay_s = chance.choice(USUAL_DELAYS_S)
        self._usual_work_s = chance.choice(USUAL_WORK_S)
        self._spells: list[Spell] = []
        self._slow: dict[str, tuple[float, float]] = {}

    def add(self, spell: Spell) -> None:
        """From now on this spell holds, until it ends."""
        self._spells.append(spell)

    def delay_s(self, sender: Place, receiver: Place) -> float:
        """How long a message that is sent now takes."""
        delay_s = min(self._chance.expovariate(1 / self._usual_delay_s), DELAY_MAX_S)
        if not self._spells:
            return delay_s
        now_s = self._scheduler.now_s
        self._spells = [spell for spell in self._spells if spell.until_s > now_s]
        held_s = 0.0
        for spell in self._spells:
            if not spell.matches(sender, receiver):
                continue
            if spell.extra_s:
                delay_s += self._chance.uniform(0.0, spell.extra_s)
            else:
                held_s = max(held_s, spell.until_s - now_s)
        return held_s + delay_s

    def slow_down(self, process: str, until_s: float, extra_s: float) -> None:
        """The work of a process takes longer for a while."""
        self._slow[process] = (until_s, extra_s)

    def work_s(self, process: str) -> float:
        """How long a piece of work takes that this process begins now."""
        until_s, extra_s = self._slow.get(process, (0.0, 0.0))
        extra_s = extra_s if self._scheduler.now_s < until_s else 0.0
        return self._chance.uniform(0.0, 2 * self._usual_work_s) + extra_s
