"""One SIGKILL per run, chosen by a seed before anything has started: whom, and when."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from enum import Enum
from random import Random

from tests.chaos.battered_run import BatteredRun
from tests.chaos.processes import FORK_SERVER, Process
from tests.e2e.failures.cases import EXAMPLES, Example
from tests.e2e.failures.failing_examples import ROUNDS

PACE_S = 0.3  # of each function that is at work, so that there is something to hit
START_MAX_S = 0.8  # from the first line to the last daemon that connects, and somewhat more
WORK_MAX_S = {"Words": 0.6, "Digits": 0.3, "Sky": 1.0}  # of a round, and somewhat less
SCRIPT = "script"  # among the words of the process of one
SCRIPT_MAX_S = 0.3  # from the start of the round; its process lives for somewhat more
SHARE_AT_START = 0.25  # of the strikes
SOMEBODY_MAX_S = 10.0  # until there is a process of the kind


class Victim(Enum):
    """Whom it hits."""

    DAEMON = "a daemon"
    SCRIPT = "the process of a script"
    CONTROLLER = "the controller"
    FORK_SERVER = "the fork server, and so all daemons"


WEIGHTS = {Victim.DAEMON: 5, Victim.SCRIPT: 1, Victim.CONTROLLER: 3, Victim.FORK_SERVER: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """Whom to kill in a run of an example, and when.

    So long after its first line, or after that of a round, which is then a number.
    """

    example: Example
    victim: Victim
    round: int | None
    after_s: float
    share: float  # where in the list of those who live


def strike_of(seed: str, number: int) -> Strike:
    """What happens in a run of a campaign.

    >>> strike_of("1", 7) == strike_of("1", 7), strike_of("1", 7) == strike_of("2", 7)
    (True, False)
    """
    chance = Random(f"{seed}/{number}")
    example = EXAMPLES[number % len(EXAMPLES)]
    number_of_round: int | None
    [victim] = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
    rounds = ROUNDS if example.swarm == "Digits" else 1
    number_of_round, most_s = chance.randrange(rounds), WORK_MAX_S[example.swarm]
    if victim is Victim.SCRIPT:
        number_of_round, most_s = 0, SCRIPT_MAX_S
    elif chance.random() < SHARE_AT_START:
        number_of_round, most_s = None, START_MAX_S
    return Strike(
        example=example,
        victim=victim,
        round=number_of_round,
        after_s=chance.uniform(0.0, most_s),
        share=chance.random(),
    )


def carry_out(strike: Strike, run: BatteredRun) -> bool:
    """Kill whom it is meant for; whether there was such a process."""
    begins = "run " if strike.round is None else f"round {strike.round}: "
    while not (line := run.next_line() or "").startswith(begins):
        if not line:
            return False
    threading.Event().wait(strike.after_s)
    deadline = time.monotonic() + SOMEBODY_MAX_S
    while not (candidates := _candidates(strike.victim, run)):
        if not run.processes() or time.monotonic() > deadline:
            return False
        os.sched_yield()
    return candidates[int(strike.share * len(candidates))].send(signal.SIGKILL)


def _candidates(victim: Victim, run: BatteredRun) -> list[Process]:
    living = run.processes()
    match victim:
        case Victim.CONTROLLER:
            return [one for one in living if one.pid == run.controller.pid]
        case Victim.FORK_SERVER:
            return [one for one in living if one.name == FORK_SERVER]
        case Victim.SCRIPT:
            return [one for one in living if SCRIPT in one.words]
        case Victim.DAEMON:
            others = {"", FORK_SERVER}
            return [one for one in living if one.name not in others and SCRIPT not in one.words]
