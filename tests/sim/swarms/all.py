"""Every swarm of this folder, by the name of its file."""

from __future__ import annotations

from collections.abc import Callable

from swarmdsl import Swarm
from tests.sim.swarms.balanced import Balanced
from tests.sim.swarms.chain import Chain
from tests.sim.swarms.dealt import Dealt
from tests.sim.swarms.diamond import Diamond
from tests.sim.swarms.fan_out import FanOut
from tests.sim.swarms.federated import Federated
from tests.sim.swarms.loops import Loops
from tests.sim.swarms.pool import Pool
from tests.sim.swarms.sampled import Sampled
from tests.sim.swarms.shuffle import Shuffle
from tests.sim.swarms.stream import Stream
from tests.sim.swarms.words import Words

SWARMS: dict[str, Callable[[], Swarm]] = {
    "balanced": Balanced,
    "chain": Chain,
    "dealt": Dealt,
    "diamond": Diamond,
    "fan_out": FanOut,
    "federated": Federated,
    "loops": Loops,
    "pool": Pool,
    "sampled": Sampled,
    "shuffle": Shuffle,
    "stream": Stream,
    "words": Words,
}
