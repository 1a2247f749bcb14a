"""What can be done with a run that is LOST, as it is shown to people."""

from __future__ import annotations

from swarmdsl.control.home import RunFolder
from swarmdsl.control.resumable import why_not_resumable
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.errors import SwarmError
from swarmdsl.topology.secret_names import readers_of_secrets


def how_to_resume(folder: RunFolder, options: str = "") -> str:
    """The command, with the secrets that must be given again, and other options before those."""
    return f"swarm resume {folder.id}{options}{''.join(f' --secret {one}' for one in _of(folder))}"


def how_to_go_on(folder: RunFolder, options: str = "", quote: str = "") -> str:
    """Which commands help, and how; `quote` is put around each of them."""
    end = f"{quote}swarm kill {folder.id}{options}{quote} ends it for good"
    why_not = why_not_lost_resumable(folder)
    if why_not:
        return f"it cannot be resumed: {why_not}; {end}"
    return f"{quote}{how_to_resume(folder, options)}{quote} goes on with it, {end}"


def why_not_lost_resumable(folder: RunFolder) -> str:
    """Why nobody can go on with a run that is LOST; empty if somebody can."""
    try:
        return why_not_resumable(StoredRun.open(folder).engine())
    except (SwarmError, OSError):  # Whoever tries to resume it is told what is wrong.
        return ""


def _of(folder: RunFolder) -> list[str]:
    """The secrets that the run declares; none if its topology cannot be read any more."""
    try:
        return sorted(readers_of_secrets(StoredRun.open(folder).topology))
    except (SwarmError, OSError):
        return []
