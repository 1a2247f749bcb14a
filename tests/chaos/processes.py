"""The processes of a run, found in /proc by a variable of the environment that they all inherit."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
FORK_SERVER = "forkserver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process: its number, and the name of the log that it writes to (empty if to none)."""

    pid: int
    name: str

    @property
    def state(self) -> str:
        """What the kernel says of it, and where in the kernel it waits."""
        try:
            status = (PROC / str(self.pid) / "status").read_text("utf-8")
            waits = (PROC / str(self.pid) / "wchan").read_text("utf-8")
        except OSError:
            return "gone"
        return f"{status.partition('State:')[2].partition(chr(10))[0].strip()} in {waits}"

    @property
    def descriptors(self) -> int:
        """How many are open; 0 of a process that is gone."""
        with suppress(OSError):
            return sum(1 for _ in (PROC / str(self.pid) / "fd").iterdir())
        return 0

    @property
    def memory(self) -> int:
        """Bytes that are in memory and its own; 0 of a process that is gone."""
        with suppress(OSError):
            resident, shared = (PROC / str(self.pid) / "statm").read_text("ascii").split()[1:3]
            return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
        return 0

    @property
    def words(self) -> list[str]:
        """What it was started with; none of a process that is gone."""
        with suppress(OSError):
            return (PROC / str(self.pid) / "cmdline").read_text("utf-8").split("\0")
        return []

    def send(self, signum: int) -> bool:
        """Send a signal; whether there was somebody to get it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signum)
            return True
        return False


def myself() -> Process:
    """The process that runs this code."""
    return Process(pid=os.getpid(), name="")


def processes_of(variable: str, value: str) -> list[Process]:
    """The living processes with this in their environment, by name and number."""
    wanted = f"{variable}={value}".encode()
    found = [one for one in _all() if wanted in _environment(one.pid)]
    return sorted(found, key=lambda one: (one.name, one.pid))


def _all() -> Iterator[Process]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            yield Process(pid=int(entry.name), name=_name(entry))


def _name(entry: Path) -> str:
    """A process of a run writes to a log of its own; the controller writes elsewhere."""
    with suppress(OSError):
        target = (entry / "fd" / "1").readlink()
        return target.stem if target.suffix == ".log" else ""
    return ""


def _environment(pid: int) -> list[bytes]:
    with suppress(OSError):
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    return []


def kill_all(processes: list[Process]) -> None:
    """End them: what a test that has failed leaves to nobody."""
    for process in processes:
        process.send(signal.SIGKILL)
