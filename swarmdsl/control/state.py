"""The states of a run and of its daemons, and the reasons for which a run ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class RunState(Enum):
    """Where a run stands. The last three are final."""

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"

    @property
    def final(self) -> bool:
        """Whether nothing follows."""
        return self in (RunState.COMPLETED, RunState.FAILED, RunState.STOPPED)


class ReasonKind(Enum):
    """What ended a run."""

    FINISHED = "finished"
    MAX_ITERATION = "max_iteration"
    STOP_REQUESTED = "stop_requested"
    INTERRUPTED = "interrupted"
    TASK_FAILED = "task_failed"
    DAEMON_LOST = "daemon_lost"
    LINK_REFUSED = "link_refused"
    ENGINE_LOST = "engine_lost"
    CONTROLLER_FAILED = "controller_failed"
    START_FAILED = "start_failed"
    START_TIMED_OUT = "start_timed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a run ended: a kind for machines, a sentence for people, details for both.

    Attributes:
        kind: what ended it.
        text: one sentence.
        details: more lines, such as the user's traceback or what was lost.
    """

    kind: ReasonKind
    text: str
    details: str = ""


def recorded_reason(kind: str, text: str) -> Reason:
    r"""A reason from a record, which has the sentence and the details in one text.

    >>> recorded_reason("task_failed", "it raised\nTraceback").details
    'Traceback'
    """
    sentence, _, details = text.partition("\n")
    return Reason(kind=ReasonKind(kind), text=sentence, details=details)


class DaemonPhase(Enum):
    """Where a daemon stands, as far as its reports tell."""

    STARTING = "starting"
    RESTARTING = "being started anew"
    GIVEN_UP = "given up"
    COMING = "coming for the next round"
    CONNECTED = "connected"
    IDLE = "waiting for its inputs"
    WORKING = "at work"
    UNCONFIRMED = "pushed but unconfirmed"
    ENDED = "done with its round"
    BETWEEN_ROUNDS = "between rounds"
    LEFT = "left"
