"""A stored run as one document: what `--format json` writes, of a run as of its results."""

from __future__ import annotations

from typing import Any

from swarmdsl.cli.standing import LOST
from swarmdsl.control.records import RunRecord
from swarmdsl.control.state import RunState
from swarmdsl.control.stored_run import StoredRun, is_lost


def document_of(
    stored: StoredRun, tag: str | None = None, iteration: int | None = None
) -> dict[str, Any]:
    """Everything that a run has left, its results narrowed to a tag or a round.

    `value` is null unless the run has completed; `reason` is null while it goes on. A run that
    nobody looks after, and that has not ended, is LOST.
    """
    record = stored.record()
    return {
        "run": record.id,
        "swarm": record.swarm,
        "state": LOST if is_lost(record) else record.state,
        "reason": reason_of(record),
        "created_at": record.created_at,
        "ended_at": record.ended_at,
        "value": stored.value() if has_completed(record) else None,
        "results": stored.results(tag, iteration),
        "folder": str(stored.folder.path),
    }


def has_completed(record: RunRecord) -> bool:
    """Whether a run has a value."""
    return record.state == RunState.COMPLETED.value


def reason_of(record: RunRecord) -> dict[str, str] | None:
    """Why a run has ended, or that nobody looks after it; None while it goes on."""
    if record.reason_kind is None or record.reason is None:
        return None
    text, _, details = record.reason.partition("\n")
    return {"kind": record.reason_kind, "text": text, "details": details}
