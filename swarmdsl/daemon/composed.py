"""The first process of a container that Compose starts: it serves one run after another.

Compose starts containers once, before the controller has said anything, and knows of no runs. So
this process waits until the controller has written an invitation, has a child accept it
(`dialled.py`), and ends that child when the invitation is withdrawn, or is another one. A child
that ends before is followed by another. The container itself ends when Compose ends it, and not
before: Compose may take the end of any container for the end of everything.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

from swarmdsl.daemon.dialled import serve_dialled
from swarmdsl.daemon.probe import HEALTH_FILE

KEYS = "/run/swarm"
"""The folder in memory that the controller and all daemons of a Compose project see."""

INVITATION = "invitation"
LOOK_S = 0.2  # how often it is looked at
AGAIN_S = 1.0  # between two children that accept the same invitation
END_S = 9.0  # for a child to end its daemon; then it is killed
FAILED = 1


def serve_composed(daemon: str, folder: Path = Path(KEYS), health: Path = Path(HEALTH_FILE)) -> int:
    """Be the first process of a container until SIGTERM or SIGINT.

    Args:
        daemon: the name of the daemon that this container is for.
        folder: where the controller writes its invitation.
        health: the file by which a probe can tell how it is.

    Returns:
        The exit code.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)  # Blocked, they reach a first process too.
    host = _Host(daemon, folder / INVITATION, health)
    # Who was stopped meanwhile, for longer than the wait, is given a number that is no signal's.
    while (received := signal.sigtimedwait(_AWAITED, LOOK_S)) is None or (
        received.si_signo not in _ENDING
    ):
        host.look(time.monotonic())
    host.end()
    return 0


_ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
_AWAITED = _ENDING | {signal.SIGCHLD}


class _Host:
    """One child at most, which lives no longer than the invitation that it has accepted."""

    def __init__(self, daemon: str, file: Path, health: Path) -> None:
        self._daemon, self._file, self._health = daemon, file, health
        self._child = 0
        self._accepted: bytes | None = None
        self._again_s = 0.0  # when another child may accept the same

    def look(self, now_s: float) -> None:
        """Begin or end what is due."""
        self._bury(now_s)
        offered = self._offered()
        if offered != self._accepted:
            self.end()
            self._accepted, self._again_s = offered, now_s
        if offered is not None and not self._child and now_s >= self._again_s:
            self._child = self._fork()

    def end(self) -> None:
        """End the child, and wait for its end."""
        if not self._child:
            return
        for signum, patience_s in ((signal.SIGTERM, END_S), (signal.SIGKILL, END_S)):
            os.kill(self._child, signum)
            deadline_s = time.monotonic() + patience_s
            while self._child and (left_s := deadline_s - time.monotonic()) > 0:
                signal.sigtimedwait({signal.SIGCHLD}, min(left_s, LOOK_S))
                self._bury(0.0)
            if not self._child:
                return

    def _offered(self) -> bytes | None:
        with suppress(OSError):
            return self._file.read_bytes() or None
        return None

    def _bury(self, now_s: float) -> None:
        # The first process of a container is given its orphans, too.
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                if ended == self._child:
                    self._child, self._again_s = 0, now_s + AGAIN_S

    def _fork(self) -> int:
        pid = os.fork()
        if pid == 0:
            code = FAILED
            try:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, _AWAITED)
                code = serve_dialled(self._daemon, {}, self._file, 0.0, self._health)
            except BaseException:  # The boundary of this process: Compose shows what it says.
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        return pid
