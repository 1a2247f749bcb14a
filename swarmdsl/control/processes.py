"""Which processes a run has on this machine: its controller, and the daemons that live.

A daemon is the process whose standard output is the daemon's log. That is the truth of this moment,
whoever looks after the run, and no number that was kept can come to mean another process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from swarmdsl.control.claim import holder_of
from swarmdsl.control.home import RunFolder
from swarmdsl.daemon.arguments import log_file

PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """The processes of a run.

    Attributes:
        controller: the number of the process that looks after it; None if none does.
        daemons: of each daemon that lives, by name in the order of the topology. Of an immediate
            run, whose daemons share the controller's process, there are none.
    """

    controller: int | None = None
    daemons: Mapping[str, int] = field(default_factory=dict)


def processes_of(folder: RunFolder, daemons: Iterable[str], proc: Path = PROC) -> Processes:
    """The processes of a run that are there now.

    Args:
        folder: of the run.
        daemons: their names.
        proc: where the kernel tells of processes.
    """
    holder = holder_of(folder.path)
    pids = _by_output(proc)
    logs = {name: str(log_file(folder.path.resolve(), name)) for name in daemons}
    return Processes(
        controller=None if holder is None else holder.pid,
        daemons={name: pids[log] for name, log in logs.items() if log in pids},
    )


def _by_output(proc: Path) -> dict[str, int]:
    """Per file the process that writes to it; what such a process has started is left out."""
    outputs = dict(_outputs(proc))
    return {
        file: pid
        for pid, file in outputs.items()
        if file.endswith(".log") and outputs.get(_parent(proc, pid)) != file
    }


def _outputs(proc: Path) -> Iterator[tuple[int, str]]:
    for entry in proc.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # It has ended, or is somebody else's.
                yield int(entry.name), str((entry / "fd" / "1").readlink())


def _parent(proc: Path, pid: int) -> int:
    with suppress(OSError):
        stat = (proc / str(pid) / "stat").read_text("utf-8", "replace")
        return int(stat.rpartition(")")[2].split()[1])  # the name before it may hold anything
    return 0
