"""The table of a fork server's living children: forked, signalled, watched, reaped."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.child import Life, live_as_daemon
from swarmdsl.daemon.fork_protocol import Continued, Exited, Running, State, Suspended
from swarmdsl.transport import load_transport

HANDLED = (signal.SIGCHLD, signal.SIGTERM)  # what the server answers, and a child must not

News = Suspended | Continued | Exited
OpenLog = Callable[[DaemonArguments], int]
"""Gives a descriptor that a daemon writes to; it is closed here once the daemon has it."""

ENDS_MAX = 4_096  # daemons whose last end is remembered, the latest; a run has no more names


class Children:
    """The daemons that live, by name, and how those that do not have ended.

    A process in the table has not been reaped, so its number cannot belong to anybody else.

    Args:
        open_log: where a daemon writes to; by default the log file of its arguments.
    """

    def __init__(self, open_log: OpenLog | None = None) -> None:
        self._open_log = open_log or (lambda arguments: _opened(arguments.log_file))
        self._running: dict[str, Running] = {}
        self._names: dict[int, str] = {}
        self._ended: dict[str, Exited] = {}

    def __len__(self) -> int:
        return len(self._running)

    def __contains__(self, name: str) -> bool:
        return name in self._running

    def pid_of(self, name: str) -> int:
        """The process of a daemon that lives."""
        return self._running[name].pid

    @property
    def state(self) -> State:
        """What one must know who has heard nothing so far."""
        return State(running=list(self._running.values()), ended=list(self._ended.values()))

    def fork(
        self,
        life: Life,
        arguments: DaemonArguments,
        inherited: Iterable[int],
    ) -> int:
        """Fork a daemon. A signal to it that comes too early waits until it has its defaults.

        Raises:
            OSError: its log cannot be written, or the system has no more processes to give.
        """
        parent_pid, log = os.getpid(), self._open_log(arguments)
        load_transport(arguments.address)  # once for all that it forks
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            pid = os.fork()
            if pid == 0:
                live_as_daemon(life, arguments, parent_pid=parent_pid, log=log, inherited=inherited)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
            os.close(log)
        self._add(pid, arguments)
        return pid

    def _add(self, pid: int, arguments: DaemonArguments) -> None:
        name = self._names[pid] = arguments.name
        self._ended.pop(name, None)
        self._running[name] = Running(
            name=name, pid=pid, incarnation=arguments.incarnation, is_suspended=False
        )

    def signal(self, name: str, signum: int) -> None:
        """Send a signal to a daemon; nothing happens if it does not live."""
        if name in self._running:
            os.kill(self._running[name].pid, signum)

    def end_all(self, signum: int) -> None:
        """Send a signal that ends to every daemon, and let those that are stopped hear it."""
        for child in self._running.values():
            os.kill(child.pid, signum)
            if child.is_suspended:
                os.kill(child.pid, signal.SIGCONT)

    def news(self) -> Iterator[News]:
        """What happened to the children since the last call; asked after every SIGCHLD."""
        yield from self._stops()
        yield from self._exits()

    def _stops(self) -> Iterator[News]:
        """Suspended and continued in turn: the kernel only keeps the last of several."""
        while (change := _changed()) is not None:
            if change.si_pid not in self._names:
                continue  # an orphan, which the first process of a container is given
            child = self._running[self._names[change.si_pid]]
            is_suspended = change.si_code == os.CLD_STOPPED
            if is_suspended != child.is_suspended:
                told = Suspended if is_suspended else Continued
                changed = msgspec.structs.replace(child, is_suspended=is_suspended)
                self._running[child.name] = changed
                yield told(name=child.name, pid=child.pid)

    def _exits(self) -> Iterator[News]:
        """Take leave of the children that ended, and kill what they left in their groups."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while self._running and (ended := os.waitid(os.P_ALL, 0, flags)) is not None:
            # Before it is reaped: until then nobody else can have this number.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(ended.si_pid, signal.SIGKILL)
            _, status = os.waitpid(ended.si_pid, 0)
            if ended.si_pid in self._names:  # else an orphan
                yield self._buried(ended.si_pid, os.waitstatus_to_exitcode(status))

    def _buried(self, pid: int, code: int) -> Exited:
        child = self._running.pop(self._names.pop(pid))
        exit_code, signum = (code, None) if code >= 0 else (None, -code)
        ended = self._ended[child.name] = Exited(
            name=child.name,
            pid=pid,
            incarnation=child.incarnation,
            exit_code=exit_code,
            signal=signum,
        )
        if len(self._ended) > ENDS_MAX:
            del self._ended[next(iter(self._ended))]
        return ended


def _opened(log: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    try:
        return os.open(log, flags, 0o644)
    except FileNotFoundError:  # the first of a run
        log.parent.mkdir(parents=True, exist_ok=True)
        return os.open(log, flags, 0o644)


def _changed() -> os.waitid_result | None:
    """A child that was stopped or continued, if there is one; its parent is told of it once."""
    try:
        return os.waitid(os.P_ALL, 0, os.WSTOPPED | os.WCONTINUED | os.WNOHANG)
    except ChildProcessError:
        return None  # None lives: there are none, or those that there are wait to be reaped.
