"""Whether a daemon that was replaced is back, by what the run has told."""

from __future__ import annotations

from swarmdsl.control.stored_run import StoredRun

REPLACED, CONNECTED = "DaemonReplaced", "DaemonConnected"


def times_replaced(run: StoredRun, daemon: str) -> int:
    """How often a daemon was replaced so far."""
    return _told(run, daemon).count(REPLACED)


def is_back(run: StoredRun, daemon: str, replaced_before: int) -> bool:
    """Whether it was replaced once more than that, and the next process has connected."""
    told = _told(run, daemon)
    return told.count(REPLACED) > replaced_before and told[-1] == CONNECTED


def _told(run: StoredRun, daemon: str) -> list[str]:
    events = run.events_of((REPLACED, CONNECTED))
    return [one.kind for one in events if one.subject == daemon]
