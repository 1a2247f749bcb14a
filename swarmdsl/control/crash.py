"""The controller itself has failed: its run must not seem to go on."""

from __future__ import annotations

import sqlite3

from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.control.store import Store
from swarmdsl.daemon.redaction import Redaction


def record_crash(
    store: Store, state: RunState, error: BaseException, redaction: Redaction, wall_s: float
) -> None:
    """Write down what ended the controller of a run that has not ended.

    Args:
        store: of the run.
        state: of the run; how a final one came about is in the store.
        error: that ended it. If the store takes no more, nothing is written: `swarm resume` goes
            on when it does.
        redaction: takes secrets out of its text.
        wall_s: the time, since the epoch.
    """
    if state.final or isinstance(error, sqlite3.OperationalError):
        return
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    store.set_state(
        RunState.FAILED.value,
        reason_kind=ReasonKind.CONTROLLER_FAILED.value,
        reason=redaction.text(f"the controller was ended by {told}"),
        ended_at=wall_s,
    )
