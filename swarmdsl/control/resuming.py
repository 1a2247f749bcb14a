"""The command by which a run that is LOST is gone on with, as it is shown to people."""

from __future__ import annotations

from swarmdsl.control.home import RunFolder
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.errors import SwarmError
from swarmdsl.topology.secret_names import readers_of_secrets


def how_to_resume(folder: RunFolder, options: str = "") -> str:
    """The command, with the secrets that must be given again, and other options before those."""
    return f"swarm resume {folder.id}{options}{''.join(f' --secret {one}' for one in _of(folder))}"


def _of(folder: RunFolder) -> list[str]:
    """The secrets that the run declares; none if its topology cannot be read any more."""
    try:
        return sorted(readers_of_secrets(StoredRun.open(folder).topology))
    except (SwarmError, OSError):
        return []
