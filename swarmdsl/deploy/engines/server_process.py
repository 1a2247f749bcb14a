"""The process of a fork server as its engine sees it: executed by it, or found."""

from __future__ import annotations

import os
import select
import signal
import site
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from swarmdsl.daemon.thread_counts import with_thread_counts

PACKAGE_PARENT = Path(__file__).absolute().parents[3]  # where this very swarmdsl is imported from
KILLED_WAIT_S = 5.0  # for the kernel to end what was sent SIGKILL


class ServerProcess(Protocol):
    """A process that can be ended, and seen to have ended."""

    @property
    def pid(self) -> int:
        """Its number."""

    def send_signal(self, signum: int, /) -> None:
        """Send it a signal; nothing happens if it has ended."""

    def has_ended(self, patience_s: float) -> bool:
        """Whether it ends within the time."""

    def outcome(self) -> str:
        """How it ended, once it has."""

    def forget(self) -> None:
        """Give back what watching it took."""


class ExecutedServer:
    """A fork server that this process executed."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def send_signal(self, signum: int, /) -> None:
        """Send it a signal; nothing happens if it has ended."""
        self._process.send_signal(signum)

    def has_ended(self, patience_s: float) -> bool:
        """Whether it ends within the time."""
        if self._process.poll() is not None:
            return True
        # First as the kernel tells it: `wait` looks again and again, and ever less often.
        with suppress(OSError):  # The kernel cannot watch it (before Linux 5.3).
            descriptor = os.pidfd_open(self._process.pid)
            try:
                _wait_for_end(descriptor, patience_s)
            finally:
                os.close(descriptor)
            patience_s = 0.0
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def outcome(self) -> str:
        """How it ended, once it has."""
        code = self._process.returncode
        return f"it ended with exit code {code}" if code >= 0 else f"it ended with signal {-code}"

    def forget(self) -> None:
        """Nothing: that it ended was waited for."""


class FoundServer:
    """A fork server that another process executed, which has ended since.

    Raises:
        OSError: there is no such process, or the kernel cannot watch it (before Linux 5.3).
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._descriptor = os.pidfd_open(pid)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._pid

    def send_signal(self, signum: int, /) -> None:
        """Send it a signal; nothing happens if it has ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signum)

    def has_ended(self, patience_s: float) -> bool:
        """Whether it ends within the time."""
        return _wait_for_end(self._descriptor, patience_s)

    def outcome(self) -> str:
        """That it ended: how is told to its parent alone."""
        return "it ended"

    def forget(self) -> None:
        """Give back the descriptor."""
        os.close(self._descriptor)


def _wait_for_end(descriptor: int, patience_s: float) -> bool:
    """Whether the process behind a descriptor ends within the time."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(patience_s * 1_000))


def end_surely(server: ServerProcess, patience_s: float) -> None:
    """See the server end, or kill it after that time and with it all that it left."""
    if server.has_ended(patience_s):
        return
    server.send_signal(signal.SIGKILL)  # The kernel then kills its daemons.
    server.has_ended(KILLED_WAIT_S)


def server_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the fork server, and so of every daemon: one thread for each library.

    >>> server_environment({"OMP_NUM_THREADS": "4"})["OMP_NUM_THREADS"]
    '4'
    """
    made = with_thread_counts(environment)
    folder = str(PACKAGE_PARENT)
    # It comes before the standard library there: no place for a folder of installed packages.
    if folder not in {*site.getsitepackages(), site.getusersitepackages()}:
        paths = [path for path in made.get("PYTHONPATH", "").split(os.pathsep) if path]
        made["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([*paths, folder]))
    return made


def execute(descriptor: int, log: Path, environment: Mapping[str, str]) -> ExecutedServer:
    """Execute a fork server that is commanded over this socket and writes to this log.

    It leads a session of its own, so Ctrl-C in a terminal does not reach it.

    Raises:
        OSError: it cannot be executed, or the log cannot be written.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return ExecutedServer(
            subprocess.Popen(
                [sys.executable, "-m", "swarmdsl.daemon", "serve", str(descriptor)],
                env=server_environment(environment),
                pass_fds=(descriptor,),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        )
