"""Who strikes: one fault per round, chosen by a seed before anything has started."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from random import Random

from tests.chaos.battered_swarms import LIMITS
from tests.chaos.processes import FORK_SERVER, Process

WAIT_MAX_S = 0.25  # from the beginning of a round to the fault: somewhat more than a round takes


class Fault(Enum):
    """What happens in a round."""

    NONE = "nothing"
    KILL = "SIGKILL to a daemon"
    KILL_TWO = "SIGKILL to two daemons"
    PAUSE = "SIGSTOP to a daemon, and SIGCONT before it counts as lost"
    STOP = "SIGSTOP to a daemon, for good"
    KILL_CONTROLLER = "SIGKILL to the controller"
    PAUSE_CONTROLLER = "SIGSTOP and SIGCONT to the controller"
    STOP_CONTROLLER = "SIGSTOP to the controller, and SIGKILL"
    KILL_BOTH = "SIGKILL to a daemon and the controller"
    KILL_ALL = "SIGKILL to the controller, the fork server and so all daemons"


WEIGHTS = {
    Fault.NONE: 4,
    Fault.KILL: 44,
    Fault.KILL_TWO: 8,
    Fault.PAUSE: 12,
    Fault.STOP: 8,
    Fault.KILL_CONTROLLER: 10,
    Fault.PAUSE_CONTROLLER: 4,
    Fault.STOP_CONTROLLER: 3,
    Fault.KILL_BOTH: 4,
    Fault.KILL_ALL: 3,
}

FATAL = frozenset({Fault.KILL_CONTROLLER, Fault.STOP_CONTROLLER, Fault.KILL_BOTH, Fault.KILL_ALL})
"""Faults after which there is no controller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """A fault of one round: when after its beginning, whom, and for how long."""

    fault: Fault
    after_s: float
    victims: tuple[float, float]  # as shares of the list of those who live
    pause_s: float


def plan(seed: int, rounds: int) -> list[Blow]:
    """What happens in each round.

    >>> plan(7, 100) == plan(7, 100)
    True
    """
    chance = Random(seed)
    return [_blow(chance) for _ in range(rounds)]


def _blow(chance: Random) -> Blow:
    [fault] = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
    return Blow(
        fault=fault,
        after_s=chance.uniform(0.0, WAIT_MAX_S),
        victims=(chance.random(), chance.random()),
        pause_s=chance.uniform(0.02, LIMITS.stopped_s / 2),
    )


class Nemesis:
    """Carries out blows, one at a time.

    Attributes:
        struck: how often each fault has hit somebody.
    """

    def __init__(self, processes: Callable[[], list[Process]]) -> None:
        self.struck: Counter[Fault] = Counter()
        self._processes = processes
        self._never = threading.Event()

    def strike(self, blow: Blow, controller: Process) -> bool:
        """Wait until it is time, and do it; whether the controller is dead."""
        self._never.wait(blow.after_s)
        living = self._processes()
        daemons = [one for one in living if one.name not in {"", FORK_SERVER}]
        victims = [daemons[int(share * len(daemons))] for share in blow.victims if daemons]
        self._do(blow, victims, controller, [one for one in living if one.name == FORK_SERVER])
        return blow.fault in FATAL

    def _do(
        self, blow: Blow, victims: list[Process], controller: Process, servers: list[Process]
    ) -> None:
        match blow.fault:
            case Fault.NONE:
                self.struck[Fault.NONE] += 1
            case Fault.KILL:
                self._send(blow, signal.SIGKILL, victims[:1])
            case Fault.KILL_TWO:
                self._send(blow, signal.SIGKILL, victims)
            case Fault.PAUSE:
                self._pause(blow, victims[:1])
            case Fault.STOP:
                self._send(blow, signal.SIGSTOP, victims[:1])
            case Fault.KILL_CONTROLLER:
                self._send(blow, signal.SIGKILL, [controller])
            case Fault.PAUSE_CONTROLLER:
                self._pause(blow, [controller])
            case Fault.STOP_CONTROLLER:
                self._pause(blow, [controller], signal.SIGKILL)
            case Fault.KILL_BOTH:
                self._send(blow, signal.SIGKILL, [*victims[:1], controller])
            case Fault.KILL_ALL:
                self._send(blow, signal.SIGKILL, [controller, *servers])

    def _send(self, blow: Blow, signum: int, victims: list[Process]) -> None:
        # Every one of them gets it, also when the first was gone.
        hit = [victim.send(signum) for victim in victims]
        self.struck[blow.fault] += any(hit)

    def _pause(self, blow: Blow, victims: list[Process], then: int = signal.SIGCONT) -> None:
        self._send(blow, signal.SIGSTOP, victims)
        self._never.wait(blow.pause_s)
        for victim in victims:
            victim.send(then)
