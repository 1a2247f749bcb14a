"""Sources by the clock that push now and then, then a thousand a second, then now and then."""

from __future__ import annotations

import asyncio

from swarmdsl import Daemon, Swarm, Task, every, on
from swarmdsl.light import Results, World

PERIOD_S = 0.001
SLOWER = 100  # where they are slow, only every so many periods
SLOW_PERIODS = 300  # at first, and again at the end
FAST_PERIODS = 100
SLOW_PUSHES = SLOW_PERIODS // SLOWER
PUSHES = 2 * SLOW_PUSHES + FAST_PERIODS  # of each
AGES_S = "ages_s"


class Clocked(Daemon):
    """Pushes when it was called, in virtual time."""

    calls = 0

    @every(seconds=PERIOD_S)
    async def beat(self, world: World) -> tuple[str, float] | None:
        self.calls += 1
        if self.calls == 2 * SLOW_PERIODS + FAST_PERIODS:
            self.finish()
        fast = SLOW_PERIODS < self.calls <= SLOW_PERIODS + FAST_PERIODS
        if not fast and self.calls % SLOWER:
            return None
        return (world.node, asyncio.get_running_loop().time())


class Meter(Daemon):
    """Notes how old they are when they are handled."""

    def on_start(self) -> None:
        self.ages_s: list[float] = []

    @on
    async def take(self, push: tuple[str, float]) -> None:
        self.ages_s.append(asyncio.get_running_loop().time() - push[1])

    def on_round_end(self) -> None:
        Results().add(AGES_S, self.ages_s)


class Stepping(Swarm):
    """As many sources as there are nodes push to one."""

    budget_s = 0.01

    def execute(self) -> Task:
        source = Task(Clocked, alias="source")
        return Task(Meter, alias="meter", method="any")(source, linger=self.budget_s)


class Impatient(Stepping):
    """Likewise, and nothing may be held back."""

    budget_s = 0.0
