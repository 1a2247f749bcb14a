"""What a seed decides beforehand: the schedule of faults, and the bounds of the channels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.testing.faults import Fault, FaultKind
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import Limits, Topology

NUMBERS_OF_FAULTS = (0, 1, 1, 2, 2, 3, 4, 6, 10)
LATEST = 1.3  # of the time that a run without faults takes
LASTS_S = (0.001, 3.0)
TINY = (1, 2, 3, 8)  # bounds at which everything has to wait
RESTARTS = (1, 20, 20)  # hardly any, or more than a schedule uses up


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What faults can hit, and when.

    Attributes:
        daemons: their names.
        nodes: their names, and the controller's.
        pairs: processes of which the first dials the second.
        duration_s: how long a run takes without faults.
    """

    daemons: Sequence[str]
    nodes: Sequence[str]
    pairs: Sequence[tuple[str, str]]
    duration_s: float


def ground_of(topology: Topology, pairs: Sequence[tuple[str, str]], duration_s: float) -> Ground:
    """What faults can hit in a swarm."""
    daemons = list(expand_daemons(topology))
    nodes = list(dict.fromkeys(daemon.node for daemon in daemons))
    return Ground(
        daemons=[daemon.name for daemon in daemons],
        nodes=[*nodes, CONTROLLER],
        pairs=pairs,
        duration_s=duration_s,
    )


def draw_faults(seed: str, ground: Ground, kinds: Sequence[FaultKind]) -> list[Fault]:
    """The schedule of a seed, by time."""
    if not kinds:
        return []
    chance = Random(f"{seed}/faults")
    some = chance.sample(kinds, chance.randint(1, len(kinds)))
    number = chance.choice(NUMBERS_OF_FAULTS)
    drawn = [_draw(chance, ground, chance.choice(some)) for _ in range(number)]
    return sorted(drawn, key=lambda fault: fault.at_s)


def _draw(chance: Random, ground: Ground, kind: FaultKind) -> Fault:
    target, other = _TARGETS[kind](chance, ground)
    extra_s = 0.0
    if kind in (FaultKind.DELAY, FaultKind.SLOW, FaultKind.LATE):
        extra_s = _seconds(chance, 0.001, 0.5)
    at_once = kind in (FaultKind.CUT, FaultKind.LATE, FaultKind.KILL, FaultKind.KILL_NODE)
    return Fault(
        at_s=round(chance.uniform(0.0, LATEST * ground.duration_s), 6),
        kind=kind,
        target=target,
        other=other,
        for_s=0.0 if at_once else _seconds(chance, *LASTS_S),
        extra_s=extra_s,
    )


def _seconds(chance: Random, least_s: float, most_s: float) -> float:
    """Short and long times are equally likely, by magnitude."""
    return round(math.exp(chance.uniform(math.log(least_s), math.log(most_s))), 6)


def _daemon(chance: Random, ground: Ground) -> tuple[str, str]:
    return chance.choice(ground.daemons), ""


def _node(chance: Random, ground: Ground) -> tuple[str, str]:
    return chance.choice([node for node in ground.nodes if node != CONTROLLER]), ""


def _controller(_chance: Random, _ground: Ground) -> tuple[str, str]:
    return CONTROLLER, ""


def _two_nodes(chance: Random, ground: Ground) -> tuple[str, str]:
    first, second = chance.sample(ground.nodes, 2)
    return first, second


def _dialled(chance: Random, ground: Ground) -> tuple[str, str]:
    return chance.choice(ground.pairs)


def _either_way(chance: Random, ground: Ground) -> tuple[str, str]:
    first, second = chance.choice(ground.pairs)
    return (first, second) if chance.random() < 0.5 else (second, first)


_TARGETS: dict[FaultKind, Callable[[Random, Ground], tuple[str, str]]] = {
    FaultKind.DELAY: _two_nodes,
    FaultKind.CLOG: _either_way,
    FaultKind.PARTITION: _two_nodes,
    FaultKind.ONE_WAY: _two_nodes,
    FaultKind.SLOW: _daemon,
    FaultKind.PAUSE: _daemon,
    FaultKind.CUT: _dialled,
    FaultKind.LATE: _dialled,
    FaultKind.KILL: _daemon,
    FaultKind.KILL_NODE: _node,
    FaultKind.LOSE_NODE: _node,
    FaultKind.CUT_OFF: _node,
    FaultKind.KEEP_NODE: _node,
    FaultKind.KILL_CONTROLLER: _controller,
}


def draw_limits(seed: str, limits: Limits) -> Limits:
    """The bounds of a seed: as declared, or so small that everything has to wait.

    How often a daemon may be started anew is drawn as well: as declared, hardly ever, or so often
    that no schedule uses it up.
    """
    chance = Random(f"{seed}/limits")
    limits = replace(limits, restarts=chance.choice((limits.restarts, *RESTARTS)))
    if chance.random() < 0.3:
        return limits
    return replace(
        limits,
        inbox_messages=min(chance.choice((*TINY, 64)), limits.inbox_messages),
        unconfirmed_messages=min(chance.choice((*TINY, 64)), limits.unconfirmed_messages),
        batch_messages=min(chance.choice(TINY), limits.batch_messages),
    )
