"""Whether the daemon of a container is well: `python -m swarmdsl.daemon.probe`, for Docker to ask.

It imports nothing of ours, for it is started again and again. A daemon that is at work is well,
however long that takes: what is asked is whether one of the processes is stopped, and whether the
one that looks after the daemon still looks.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

HEALTH_FILE = "/tmp/.swarm-health"  # noqa: S108 - of a container, which nobody else is in
"""Where the process that looks after the daemon says who is who, and when it looked last."""

SILENT_S = 20.0  # it looks every few seconds
FIRST = 1  # process of a container
STOPPED = "Tt"  # by a signal, by a debugger
WELL, UNWELL = 0, 1  # the exit codes that Docker knows


def problem_of(file: Path, proc: Path, now_s: float, first: int = FIRST) -> str:
    """What is wrong; "" if nothing is.

    Where nobody has said anything there is no daemon yet, or no more: then the first process is all
    that must be well.

    Args:
        file: what was said (`swarmdsl.daemon.health`).
        proc: what the kernel says of processes.
        now_s: of the monotonic clock.
        first: the first process of the container.
    """
    supervisor, daemon, looked_s = _said(file)
    if not supervisor or not (proc / str(supervisor)).exists():
        supervisor = daemon = 0
    names = {
        daemon: "the daemon",
        supervisor: "the process that looks after the daemon",
        first: "the first process of the container",
    }
    for process in (daemon, supervisor, *_above(supervisor, proc), first):
        if process and _state(process, proc)[0] in STOPPED:
            return f"{names.get(process, f'process {process}')} is stopped"
    if supervisor and now_s - looked_s > SILENT_S:
        return f"{names[supervisor]} has not looked for {now_s - looked_s:.0f} s"
    return ""


def _said(file: Path) -> tuple[int, int, float]:
    """The process that looks after a daemon, the daemon, and when it looked; zeros for nobody."""
    try:
        supervisor, daemon, looked_s = file.read_text("ascii").split()
        return int(supervisor), int(daemon), float(looked_s)
    except (OSError, ValueError):
        return 0, 0, 0.0


def _above(process: int, proc: Path) -> list[int]:
    """The parents of a process, up to the first."""
    found: list[int] = []
    while process and (process := _state(process, proc)[1]) and process not in found:
        found.append(process)
    return found


def _state(process: int, proc: Path) -> tuple[str, int]:
    """The state of a process, and its parent; "X" if there is none of this number."""
    try:
        text = (proc / str(process) / "stat").read_text("utf-8", "replace")
    except OSError:
        return "X", 0
    state, parent = text.rpartition(")")[2].split()[:2]  # the name before may hold anything
    return state, int(parent)


def main() -> int:
    """Say what is wrong, if anything is; the exit code."""
    problem = problem_of(Path(HEALTH_FILE), Path("/proc"), time.monotonic())
    if problem:
        sys.stdout.write(f"{problem}\n")
    return UNWELL if problem else WELL


if __name__ == "__main__":
    sys.exit(main())
