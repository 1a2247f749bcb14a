"""Every swarm of this folder by a name, and where the command line finds it."""

from __future__ import annotations

from swarmdsl import Swarm
from tests.sim.swarms.awaiting import Awaiting
from tests.sim.swarms.balanced import Balanced
from tests.sim.swarms.bearing import Bearing, BearingPairs
from tests.sim.swarms.calling import Called
from tests.sim.swarms.chain import Chain
from tests.sim.swarms.counting import Counting
from tests.sim.swarms.dealers import DealtByRoom, DealtInTurn
from tests.sim.swarms.dealt import Dealt
from tests.sim.swarms.diamond import Diamond
from tests.sim.swarms.fan_out import FanOut
from tests.sim.swarms.federated import Federated
from tests.sim.swarms.fused import Fused, FusedAroundDaemon, FusedMoved, FusedUneven
from tests.sim.swarms.kept import Kept
from tests.sim.swarms.loops import Loops
from tests.sim.swarms.movable import MovedByKey, MovedDaemon, MovedFromMemory, MovedInTurn
from tests.sim.swarms.pool import Pool
from tests.sim.swarms.sampled import Sampled
from tests.sim.swarms.shuffle import Shuffle
from tests.sim.swarms.stream import Stream
from tests.sim.swarms.streaming import Gathered, Replayed, Unrepeated
from tests.sim.swarms.timed import Beating, Piled, Ticking
from tests.sim.swarms.uneven import Uneven
from tests.sim.swarms.words import Words

SWARMS: dict[str, type[Swarm]] = {
    "awaiting": Awaiting,
    "balanced": Balanced,
    "bearing": Bearing,
    "bearing_pairs": BearingPairs,
    "beating": Beating,
    "called": Called,
    "chain": Chain,
    "counting": Counting,
    "dealt": Dealt,
    "dealt_by_room": DealtByRoom,
    "dealt_in_turn": DealtInTurn,
    "diamond": Diamond,
    "fan_out": FanOut,
    "federated": Federated,
    "fused": Fused,
    "fused_around_daemon": FusedAroundDaemon,
    "fused_moved": FusedMoved,
    "fused_uneven": FusedUneven,
    "gathered": Gathered,
    "kept": Kept,
    "loops": Loops,
    "moved_by_key": MovedByKey,
    "moved_daemon": MovedDaemon,
    "moved_from_memory": MovedFromMemory,
    "moved_in_turn": MovedInTurn,
    "piled": Piled,
    "pool": Pool,
    "replayed": Replayed,
    "sampled": Sampled,
    "shuffle": Shuffle,
    "stream": Stream,
    "ticking": Ticking,
    "uneven": Uneven,
    "unrepeated": Unrepeated,
    "words": Words,
}

COMING: dict[str, type[Swarm]] = {
    "bearing_coming": Bearing,
    "pairs_coming": BearingPairs,
    "piled_coming": Piled,
    "ticking_coming": Ticking,
}
"""Those that bear that nodes are lost, cut off, and come back, besides all else."""


def target_of(name: str) -> str:
    """What `swarm simulate` is to be given.

    >>> target_of("gathered")
    'tests/sim/swarms/streaming.py:Gathered'
    """
    file = SWARMS[name].__module__.replace(".", "/")
    return f"{file}.py:{SWARMS[name].__name__}"
