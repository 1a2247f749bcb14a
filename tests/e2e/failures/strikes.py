"""One SIGKILL per run, chosen by a seed before anything has started: whom, and when."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum
from random import Random

from tests.chaos.battered_run import BatteredRun
from tests.chaos.processes import FORK_SERVER, Process, kill_all
from tests.e2e.failures.cases import EXAMPLES, Example

LINES = {"Words": 4, "Digits": 11, "Sky": 4}  # that a controller says, to the end of its rounds
WAIT_MAX_S = 0.4  # after such a line: about as long as there is between two of them


class Victim(Enum):
    """Whom it hits."""

    DAEMON = "a daemon"
    CONTROLLER = "the controller"
    FORK_SERVER = "the fork server, and so all daemons"


WEIGHTS = {Victim.DAEMON: 6, Victim.CONTROLLER: 3, Victim.FORK_SERVER: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """Whom to kill in a run of an example: so long after a line that its controller says."""

    example: Example
    victim: Victim
    line: int
    after_s: float
    share: float  # where in the list of those who live


def strike_of(seed: str, number: int) -> Strike:
    """What happens in a run of a campaign.

    >>> strike_of("1", 7) == strike_of("1", 7), strike_of("1", 7) == strike_of("2", 7)
    (True, False)
    """
    chance = Random(f"{seed}/{number}")
    example = EXAMPLES[number % len(EXAMPLES)]
    [victim] = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
    return Strike(
        example=example,
        victim=victim,
        line=chance.randrange(LINES[example.swarm]),
        after_s=chance.uniform(0.0, WAIT_MAX_S),
        share=chance.random(),
    )


def carry_out(strike: Strike, run: BatteredRun) -> bool:
    """Kill whom it is meant for; whether there was such a process."""
    for _ in range(strike.line + 1):
        if run.next_line() is None:
            return False
    threading.Event().wait(strike.after_s)
    candidates = _candidates(strike.victim, run)
    if not candidates:
        return False
    chosen = candidates[int(strike.share * len(candidates))]
    kill_all([chosen])
    return True


def _candidates(victim: Victim, run: BatteredRun) -> list[Process]:
    living = run.processes()
    match victim:
        case Victim.CONTROLLER:
            return [one for one in living if one.pid == run.controller.pid]
        case Victim.FORK_SERVER:
            return [one for one in living if one.name == FORK_SERVER]
        case Victim.DAEMON:
            return [one for one in living if one.name not in {"", FORK_SERVER}]
