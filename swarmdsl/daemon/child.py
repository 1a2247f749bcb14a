"""From a fresh fork of the server to a daemon of its own: signals, log, death of the parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import NoReturn

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.log_marks import start_of
from swarmdsl.daemon.trace import users_traceback

Life = Callable[[DaemonArguments], int]
"""What a daemon does from its fork to its end; returns the exit code."""

CRASH_EXIT_CODE = 70  # EX_SOFTWARE: the daemon's own code raised
PR_SET_PDEATHSIG = 1  # from linux/prctl.h

# Looked up before any fork: that is not for each child to do.
_PRCTL = ctypes.CDLL(None, use_errno=True).prctl


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when the thread that forked it ends.

    A parent that died before this call is noticed too: then this process ends here.
    """
    if _PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent_pid:
        os._exit(CRASH_EXIT_CODE)


def continue_when_orphaned() -> None:
    """Have the kernel continue this process, if it is stopped, when the one that made it ends."""
    if _PRCTL(PR_SET_PDEATHSIG, signal.SIGCONT) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


def live_as_daemon(
    life: Life,
    arguments: DaemonArguments,
    *,
    parent_pid: int,
    log: int,
    inherited: Iterable[int],
) -> NoReturn:
    """Be the daemon, in a process just forked with all of the server's signals blocked.

    The daemon leads a process group of its own, so that what it starts can be ended with it.

    Args:
        life: what it does.
        arguments: who it is.
        parent_pid: the fork server.
        log: a descriptor, open to write to.
        inherited: what is open and no business of a daemon.
    """
    code = CRASH_EXIT_CODE
    try:
        os.setpgid(0, 0)
        die_with_parent(parent_pid)
        _reset_signals()
        _write_to(log)
        if arguments.incarnation > 0:
            _separate(arguments.incarnation)
        for descriptor in inherited:
            os.close(descriptor)
        code = life(arguments)
    except SystemExit as stop:
        code = _code_of(stop)
    except BaseException as error:  # The supervised boundary: it ends this daemon alone.
        sys.stderr.write(users_traceback(error))
    finally:
        _leave(code)


def _code_of(stop: SystemExit) -> int:
    if isinstance(stop.code, int):
        return stop.code
    return 0 if stop.code is None else 1


def _reset_signals() -> None:
    """Signals as in a new process, but for SIGINT, which the server ignores already.

    Ctrl-C is the controller's to answer.
    """
    signal.set_wakeup_fd(-1)
    for signum in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(signum, signal.SIG_DFL)
    # What was sent since the fork is delivered now, to this process instead of its parent's pipe.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _write_to(log: int) -> None:
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _separate(incarnation: int) -> None:
    """Part what this incarnation writes from what its predecessors wrote, which is kept."""
    sys.stdout.write(start_of(incarnation))


def _leave(code: int) -> NoReturn:
    """End without the exit handlers of the server, which this process has inherited."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code & 0xFF)
