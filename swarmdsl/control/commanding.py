"""What one process asks of a run that another looks after: to stop, to end now, to be answered.

It is said by the named pipe of the run's controller (`interrupts.COMMANDS`), which reaches that
controller and nobody else. Only a controller that does not heed it is sent a signal, and only while
it is the very process that holds the claim.
"""

from __future__ import annotations

import os
import signal
import stat
from contextlib import suppress
from pathlib import Path

from swarmdsl.control.claim import Holder, holder_of, is_alive, is_claimed
from swarmdsl.control.home import RunFolder
from swarmdsl.control.interrupts import COMMANDS, KILL, LOOK, STOP
from swarmdsl.control.launch import LaunchOptions, end_unattended
from swarmdsl.control.reasons import KILLED
from swarmdsl.control.resuming import how_to_go_on
from swarmdsl.control.state import Reason, ReasonKind
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from swarmdsl.errors import RunUnreachable

LISTENS_S = 5.0  # within which a controller that has just begun listens
HEEDS_S = 5.0  # within which a controller that was asked twice has ended everything
DIES_S = 5.0  # within which the kernel has ended what was sent SIGKILL


def ask_to_stop(folder: RunFolder, patience: Patience) -> None:
    """Ask for no further round; returns when the controller has been told. Twice does no harm.

    Raises:
        RunUnreachable: nobody looks after the run, or nobody listens.
    """
    _tell(StoredRun.open(folder), STOP, patience)


def ring(stored: StoredRun, patience: Patience) -> None:
    """Tell the controller that there is a question to answer.

    Raises:
        RunUnreachable: nobody looks after the run, or nobody listens.
    """
    _tell(stored, LOOK, patience)


def await_end(folder: RunFolder, timeout_s: float | None, patience: Patience) -> bool:
    """Whether nobody looks after the run any more: it has ended, or its controller died."""
    return patience.until(lambda: not is_claimed(folder.path), timeout_s)


def kill(folder: RunFolder, options: LaunchOptions, patience: Patience) -> bool:
    """End a run at once, whatever state it is in; returns when nothing of it is left running.

    Its controller is asked first. One that does not heed is killed, with its process; then what it
    has left is ended, as it is of a controller that died before.

    Returns:
        Whether there was anything to end: False if the run had ended.

    Raises:
        RunUnreachable: its controller neither heeds nor can be killed.
        EngineError: its daemons cannot be had.
    """
    stored = StoredRun.open(folder)
    if stored.has_ended():
        return False
    if is_claimed(folder.path):
        with suppress(RunUnreachable):  # then it is killed
            _tell(stored, KILL + KILL, patience)
        if not await_end(folder, HEEDS_S, patience):
            _kill_controller(folder, patience)
    reason = Reason(kind=ReasonKind.INTERRUPTED, text=f"{KILLED}, after its controller had died")
    end_unattended(folder, options, reason)
    return True


def _tell(stored: StoredRun, command: bytes, patience: Patience) -> None:
    """Write a command into the pipe; who has just begun may not listen yet."""
    folder = stored.folder

    def told() -> bool:
        return not is_claimed(folder.path) or _write(stored.sockets(), command)

    if not patience.until(told, LISTENS_S):
        raise RunUnreachable(folder.id, "the process that looks after it does not listen")
    if not is_claimed(folder.path) and not stored.has_ended():
        raise RunUnreachable(folder.id, died(folder))


def died(run: RunFolder, when: str = "") -> str:
    """Why a run that is LOST cannot be told anything, and what can be done."""
    told = f"the process that looked after it died {when}".rstrip()
    return f"{told}; {how_to_go_on(run, quote='`')}"


def is_listened_to(sockets: Path) -> bool:
    """Whether a controller takes commands in the folder of its run's sockets."""
    try:
        os.close(_pipe(sockets))
    except OSError:
        return False
    return True


def _pipe(sockets: Path) -> int:
    """The end of the pipe to write to; an error if there is none, or nobody reads it."""
    return os.open(sockets / COMMANDS, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)


def _write(sockets: Path | None, command: bytes) -> bool:
    """Whether a controller listens, and has been told."""
    if sockets is None:
        return False
    try:
        pipe = _pipe(sockets)
    except OSError:  # There is none, or nobody reads it.
        return False
    try:
        return stat.S_ISFIFO(os.fstat(pipe).st_mode) and os.write(pipe, command) > 0
    except OSError:  # It is full, or its reader is gone.
        return False
    finally:
        os.close(pipe)


def _kill_controller(folder: RunFolder, patience: Patience) -> None:
    """Send SIGKILL to the process that holds the claim, and see it gone."""
    holder = holder_of(folder.path)
    if holder is not None:
        _kill_holder(folder.path, holder)
    if not await_end(folder, DIES_S, patience):
        raise RunUnreachable(folder.id, "the process that looks after it cannot be ended")


def _kill_holder(folder: Path, holder: Holder) -> None:
    """The descriptor is had first: what is then seen to be the holder is what gets the signal."""
    try:
        process = os.pidfd_open(holder.pid)
    except OSError:
        return  # it has ended
    try:
        if is_alive(holder) and is_claimed(folder):
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(process, signal.SIGKILL)
    finally:
        os.close(process)
