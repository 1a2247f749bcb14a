"""Where runs stand, as `swarm ps` and `swarm status` tell it: also that nobody looks after one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from swarmdsl.cli.streams import Style
from swarmdsl.control.home import RunFolder
from swarmdsl.control.progress import Progress
from swarmdsl.control.records import RunRecord
from swarmdsl.control.state import RunState
from swarmdsl.control.stored_run import StoredRun, is_lost, last_sign, record_of

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
        since: from when on, in seconds since 1970; of a lost run, when its controller wrote last.
        progress: how far it is; None of a run that has ended. Of a lost run, how far it was; no
            daemon is connected to anybody.
    """

    record: RunRecord
    state: str
    since: float
    progress: Progress | None

    @property
    def lives(self) -> bool:
        """Whether it has not ended: somebody looks after it, or it can be resumed."""
        return self.progress is not None


def standing_of(folder: RunFolder) -> Standing:
    """Where a run stands now.

    Raises:
        StoreUnreadable: its store cannot be read.
        TopologyError: it has not ended, and its topology cannot be read.
    """
    record = record_of(folder)
    if record.ended_at is not None:
        return Standing(record=record, state=record.state, since=record.ended_at, progress=None)
    progress = StoredRun.open(folder).progress()
    if is_lost(record):
        alone = replace(progress, connected=0, absent=())
        return Standing(record=record, state=LOST, since=last_sign(folder), progress=alone)
    return Standing(
        record=record,
        state=record.state,
        since=record.created_at if progress.state_since is None else progress.state_since,
        progress=progress,
    )
