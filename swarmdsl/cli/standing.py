"""Where runs stand, as `swarm ps` and `swarm status` tell it: also that nobody looks after one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from swarmdsl.cli.streams import Style
from swarmdsl.control.progress import Progress
from swarmdsl.control.records import RunRecord
from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.control.stored_run import StoredRun

LOST = "LOST"  # its controller died, and the run has not ended
STYLES: Mapping[str, Style] = {
    RunState.RUNNING.value: "strong",
    RunState.COMPLETED.value: "good",
    RunState.FAILED.value: "bad",
    LOST: "bad",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One run.

    Attributes:
        record: as its store has it.
        state: of the run, or LOST.
        since: from when on, in seconds since 1970.
        progress: how far it is; None of a run that has ended.
    """

    record: RunRecord
    state: str
    since: float
    progress: Progress | None

    @property
    def lives(self) -> bool:
        """Whether it has not ended: somebody looks after it, or it can be resumed."""
        return self.progress is not None


def standing_of(stored: StoredRun) -> Standing:
    """Where a run stands now."""
    record = stored.record()
    if record.ended_at is not None:
        return Standing(record=record, state=record.state, since=record.ended_at, progress=None)
    progress = stored.progress()
    lost = record.reason_kind == ReasonKind.CONTROLLER_FAILED.value
    return Standing(
        record=record,
        state=LOST if lost else record.state,
        since=record.created_at if progress.state_since is None else progress.state_since,
        progress=progress,
    )
