"""A swarm whose daemons work by themselves and die when told to: step by step, by a seed.

A step is the arrival of one message, or a third of a piece of work (begun, pushed, finished), or,
when there is nothing else to do, a moment that passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.daemon.work import Work
from swarmdsl.topology.model import Topology
from tests.sim.hand_driven import Controller, Daemon, World, address_of

Makes = Callable[[Work], list[object]]
"""What comes of a piece of work: the same each time, as it should be."""

STEPS_MAX = 20_000  # many times what any run here takes
MOMENT_S = 0.3
IMPATIENCE = 0.02  # the share of steps in which time passes although there is something to do


class Crash:
    """A daemon dies after so many steps; silently, if its last messages are lost."""

    def __init__(self, daemon: str, step: int, *, silently: bool) -> None:
        self.daemon, self.step, self.silently = daemon, step, silently

    def __repr__(self) -> str:
        return f"{self.daemon} {'silently ' if self.silently else ''}after {self.step}"


class CrashingWorld(World):
    """Lives through a run, whatever dies."""

    def __init__(self, topology: Topology, makes: Mapping[str, Makes], seed: int) -> None:
        super().__init__(topology)
        self._makes = makes
        self._random = Random(seed)
        self._at: dict[str, Controller | Daemon] = {}
        self._at_hand: dict[str, tuple[Work, list[object] | None]] = {}

    def live(self, *crashes: Crash) -> int:
        """Go on until the run is over; how many steps it took."""
        self._place_all()
        for step in range(STEPS_MAX):
            for crash in crashes:
                if crash.step == step and crash.daemon in self.daemons:
                    self._at_hand.pop(crash.daemon, None)
                    self.kill(crash.daemon, silently=crash.silently)
            if self.controller.core.state.final:
                return step
            self._step()
        raise AssertionError(f"stalled in round {self.controller.core.round}: {self.in_flight()}")

    def _place_all(self) -> None:
        self._at = {address_of(name): daemon for name, daemon in self.daemons.items()}
        self._at[address_of(CONTROLLER)] = self.controller

    def _step(self) -> None:
        flying = self.network._wires.in_flight
        busy = self._busy()
        if not (flying or busy) or self._random.random() < IMPATIENCE:
            self.tick(MOMENT_S)
            self._place_all()
        elif flying and (not busy or self._random.random() < 0.7):
            receiver = flying[0].receiver.place.address
            self.network.deliver(1)
            self._at[receiver].take_in()
        else:
            self._work(self._random.choice(busy))

    def _busy(self) -> list[str]:
        for name, daemon in self.daemons.items():
            if name not in self._at_hand and (work := daemon.core.next_work()) is not None:
                daemon.carry_out()
                self._at_hand[name] = (work, self._makes[work.hosted.spec.alias](work))
        return [name for name in self._at_hand if not self.daemons[name].left]

    def _work(self, name: str) -> None:
        daemon, (work, values) = self.daemons[name], self._at_hand[name]
        if values:
            half = len(values) // 2 or 1
            assert daemon.push(work, *values[:half])
            self._at_hand[name] = (work, values[half:])
        else:
            del self._at_hand[name]
            daemon.finish(work)
