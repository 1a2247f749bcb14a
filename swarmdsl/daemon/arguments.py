"""What a daemon is told when it starts: who it is, and whom it may call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LOG_FOLDER = "logs"  # below the run folder


def log_file(run_folder: str | Path, name: str) -> Path:
    """Where a process of a run writes what it says; a name never leaves the folder.

    >>> log_file("run", "worker@node1#0").as_posix()
    'run/logs/worker@node1#0.log'
    """
    return Path(run_folder) / LOG_FOLDER / f"{name.replace('/', '_')}.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonArguments:
    """All that one daemon needs beside the topology.

    Attributes:
        run: the id of the run.
        name: the daemon, as the topology names it.
        incarnation: 0 at first, one more each time it is started anew.
        address: where it listens; the same for every incarnation, so peers find it again.
        controller: where the controller listens.
        run_folder: the folder of the run; logs go to `logs/` below it.

    >>> DaemonArguments(run="r", name="worker@node1#0", incarnation=0, address="ipc:///tmp/s/0",
    ...                 controller="ipc:///tmp/s/c", run_folder="/runs/r").log_file
    PosixPath('/runs/r/logs/worker@node1#0.log')
    """

    run: str
    name: str
    incarnation: int
    address: str
    controller: str
    run_folder: str

    @property
    def log_file(self) -> Path:
        """What the daemon's standard output and standard error go to."""
        return log_file(self.run_folder, self.name)
