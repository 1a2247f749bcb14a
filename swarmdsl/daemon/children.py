"""The table of a fork server's living children: forked, signalled, watched, reaped."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.child import Entry, live_as_daemon
from swarmdsl.daemon.fork_protocol import Continued, Exited, Suspended

HANDLED = (signal.SIGCHLD, signal.SIGTERM)  # what the server answers, and a child must not

News = Suspended | Continued | Exited


class Children:
    """The daemons that live, by name.

    A process in the table has not been reaped, so its number cannot belong to anybody else.
    """

    def __init__(self) -> None:
        self._pids: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._suspended: set[int] = set()

    def __len__(self) -> int:
        return len(self._pids)

    def pid_of(self, name: str) -> int | None:
        """The process of this daemon, if it lives."""
        return self._pids.get(name)

    def fork(
        self,
        entry: Entry,
        arguments: DaemonArguments,
        topology_json: bytes,
        inherited: Iterable[int],
    ) -> int:
        """Fork a daemon. A signal to it that comes too early waits until it has its defaults.

        Raises:
            OSError: the system has no more processes to give.
        """
        parent_pid = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            pid = os.fork()
            if pid == 0:
                live_as_daemon(
                    entry, arguments, topology_json, parent_pid=parent_pid, inherited=inherited
                )
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        self._pids[arguments.name], self._names[pid] = pid, arguments.name
        return pid

    def signal(self, name: str, signum: int) -> None:
        """Send a signal to a daemon; nothing happens if it does not live."""
        if name in self._pids:
            os.kill(self._pids[name], signum)

    def end_all(self, signum: int) -> None:
        """Send a signal that ends to every daemon, and let those that are stopped hear it."""
        for name, pid in self._pids.items():
            self.signal(name, signum)
            if pid in self._suspended:
                self.signal(name, signal.SIGCONT)

    def news(self) -> Iterator[News]:
        """What happened to the children since the last call; asked after every SIGCHLD."""
        yield from self._stops()
        yield from self._exits()

    def _stops(self) -> Iterator[News]:
        """Suspended and continued in turn: the kernel only keeps the last of several."""
        while (change := _changed()) is not None:
            pid = change.si_pid
            if change.si_code == os.CLD_STOPPED and pid not in self._suspended:
                self._suspended.add(pid)
                yield Suspended(name=self._names[pid], pid=pid)
            elif change.si_code == os.CLD_CONTINUED and pid in self._suspended:
                self._suspended.discard(pid)
                yield Continued(name=self._names[pid], pid=pid)

    def _exits(self) -> Iterator[News]:
        """Take leave of the children that ended, and kill what they left in their groups."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while self._pids and (ended := os.waitid(os.P_ALL, 0, flags)) is not None:
            # Before it is reaped: until then nobody else can have this number.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(ended.si_pid, signal.SIGKILL)
            _, status = os.waitpid(ended.si_pid, 0)
            yield self._buried(ended.si_pid, os.waitstatus_to_exitcode(status))

    def _buried(self, pid: int, code: int) -> Exited:
        name = self._names.pop(pid)
        del self._pids[name]
        self._suspended.discard(pid)
        exit_code, signum = (code, None) if code >= 0 else (None, -code)
        return Exited(name=name, pid=pid, exit_code=exit_code, signal=signum)


def _changed() -> os.waitid_result | None:
    """A child that was stopped or continued, if there is one; its parent is told of it once."""
    try:
        return os.waitid(os.P_ALL, 0, os.WSTOPPED | os.WCONTINUED | os.WNOHANG)
    except ChildProcessError:
        return None  # None lives: there are none, or those that there are wait to be reaped.
