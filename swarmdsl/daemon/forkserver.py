"""The fork server: the one process that is the parent of a run's daemons on this machine.

It imports what every daemon needs, once, and then a daemon costs a fork. It has a single thread
and no ZeroMQ context, because neither survives a fork, and it is a process of its own because the
controller has both. Its only state is the table of children.

Nothing outlives it: when its owner ends, however that happens, it ends its children, removes the
sockets of the run and goes. If it is killed itself, the kernel kills its children. With a lease it
first waits for another owner, as long as the lease says; it never has two.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import pkgutil
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import cast

from msgspec import structs

from swarmdsl.daemon.child import Life, continue_when_orphaned
from swarmdsl.daemon.children import HANDLED, Children
from swarmdsl.daemon.door import Door, Successor
from swarmdsl.daemon.fork_protocol import (
    Answer,
    Command,
    Failed,
    Lease,
    Ping,
    Pong,
    Prepare,
    Shutdown,
    Signal,
    Start,
    Started,
)
from swarmdsl.daemon.log_times import time_text, time_the_standard_streams
from swarmdsl.daemon.owner import AT_ONCE, Owner
from swarmdsl.daemon.owner_key import remove_own_key
from swarmdsl.daemon.session import end_session
from swarmdsl.daemon.socket_folder import remove_socket, remove_socket_folder

CHILDREN_MAX = 4_096  # as many as one node may have slots
ORPHAN_GRACE_S = 2.0  # for the daemons of an owner that died: nobody waits for what they say
COMMANDS_PER_TURN = 16  # after a fork, a turn copies all the memory that it writes to
WAIT_MAX_S = 3_600.0  # of a single wait; the kernel takes no more than some weeks
KILLED_WAIT_S = 5.0  # for the kernel to end what was sent SIGKILL


def serve(descriptor: int) -> None:
    """Be a fork server that is commanded over this inherited socket, until its owner ends."""
    # The inherited one would be inherited again by what a daemon executes; the copy is not.
    write_as_daemons_do()
    channel = socket.fromfd(descriptor, socket.AF_UNIX, socket.SOCK_STREAM)
    os.close(descriptor)
    continue_when_orphaned()
    ForkServer(Owner(channel, os.getppid())).run()


def write_as_daemons_do() -> None:
    """Make ready what writes to the log, so that a daemon only has to open its own.

    Each line has the time, and a crash in native code leaves its trace.
    """
    time_the_standard_streams(time.time)
    faulthandler.enable()


class ForkServer:
    """The table of children, and the loop over all that can happen to it."""

    def __init__(self, owner: Owner) -> None:
        self._owner: Owner | None = owner
        self._orphaned_until_s = 0.0
        self._owner_grace_s = 0.0
        self._lease: Lease | None = None
        self._door: Door | None = None
        self._life: Life | None = None
        self._socket_folder = ""
        self._admitted = self._will = b""
        self._children = Children()
        self._grace_s: float | None = None
        self._wakeup, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def run(self) -> None:
        """Serve until there is no owner, or it asks for the end; then leave nothing behind."""
        self._watch_signals()
        try:
            while self._grace_s is None:
                self._wait(self._patience_s())
                self._end_if_abandoned()
            self._close_door()
            self._end_children(self._grace_s)
            if self._owner is not None:
                self._owner.flush()
        finally:
            self._leave_nothing()

    def _watch_signals(self) -> None:
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for signum in HANDLED:
            signal.signal(signum, _wake)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _leave_nothing(self) -> None:
        end_session(os.getpid())  # What left its daemon's process group is still in the session.
        if self._lease is not None:
            remove_own_key(Path(self._lease.key_file), self._lease.token)
        if self._socket_folder:
            remove_socket_folder(Path(self._socket_folder))

    # ------------------------------------------------------------------------------ the loop

    def _wait(self, timeout_s: float | None) -> None:
        """Handle whatever happens next, if anything does within the time, and obey some commands.

        Not all, so that a thousand starts keep neither the owner nor a child waiting.
        """
        if self._owner is not None and self._owner.is_asking:
            timeout_s = AT_ONCE
        wait_s = WAIT_MAX_S if timeout_s is None else min(max(AT_ONCE, timeout_s), WAIT_MAX_S)
        ready = dict(self._interests().poll(wait_s * 1_000))
        if self._wakeup in ready:
            self._on_signals(os.read(self._wakeup, 4_096))
        self._attend_owner(ready)
        self._attend_door(ready)

    def _patience_s(self) -> float | None:
        """Until something is to be done though nothing happens."""
        deadlines = [] if self._owner is not None else [self._orphaned_until_s]
        if self._door is not None and self._door.until_s is not None:
            deadlines.append(self._door.until_s)
        return min(deadlines) - time.monotonic() if deadlines else None

    def _interests(self) -> select.poll:
        poll = select.poll()
        poll.register(self._wakeup, select.POLLIN)
        if self._owner is not None:
            self._owner.register(poll)
        if self._door is not None:
            self._door.register(poll)
        return poll

    def _on_signals(self, received: bytes) -> None:
        if signal.SIGTERM in received:
            self._end(ORPHAN_GRACE_S, "SIGTERM")
        for news in self._children.news():
            self._answer(news)

    def _answer(self, answer: Answer) -> None:
        if self._owner is not None:
            self._owner.answer(answer)

    def _end(self, grace_s: float, cause: str) -> None:
        if self._grace_s is None:
            living = len(self._children)
            daemons = f" {living} daemon{'s' if living > 1 else ''}" if living else ""
            _log(f"ends{daemons}: {cause}")
            self._grace_s = grace_s

    # ------------------------------------------------------------------------------ the owner

    def _attend_owner(self, ready: dict[int, int]) -> None:
        if self._owner is None:
            return
        self._owner.handle(ready)
        if self._owner.gone:
            self._on_owner_gone(self._owner)
        else:
            self._obey_some(self._owner)

    def _obey_some(self, owner: Owner) -> None:
        for _ in range(COMMANDS_PER_TURN):
            if owner.is_asking:
                self._obey(owner.next_command())

    def _on_owner_gone(self, owner: Owner) -> None:
        owner.close()
        self._owner = None
        if self._door is None or self._owner_grace_s <= 0 or owner.wants_the_end:
            self._end(ORPHAN_GRACE_S, owner.gone)
        elif self._grace_s is None:
            _log(f"waits {self._owner_grace_s:g} s for another owner: {owner.gone}")
            self._orphaned_until_s = time.monotonic() + self._owner_grace_s

    def _end_if_abandoned(self) -> None:
        if self._owner is None and time.monotonic() >= self._orphaned_until_s:
            self._end(ORPHAN_GRACE_S, "nobody came to own them")

    def _attend_door(self, ready: dict[int, int]) -> None:
        if self._door is None:
            return
        objection = "" if self._owner is None else f"process {self._owner.pid} owns the daemons"
        successor = self._door.handle(ready, time.monotonic(), objection)
        if successor is not None:
            self._accept(successor)

    def _accept(self, successor: Successor) -> None:
        _log(f"process {successor.pid} owns the daemons from now on")
        self._owner = Owner(successor.channel, successor.pid)
        self._owner_grace_s = successor.owner_grace_s
        self._owner.answer(structs.replace(self._children.state, will=self._will))

    def _close_door(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None

    # ------------------------------------------------------------------------------ commands

    def _obey(self, command: Command) -> None:
        match command:
            case Prepare():
                self._prepare(command)
            case Start():
                self._start(command)
            case Signal(name=name, signum=signum):
                _log(f"signal {signum} to {name}: {command.cause}")
                self._children.signal(name, signum)
            case Shutdown(grace_s=grace_s):
                self._end(grace_s, "the run has ended")
            case Ping():
                self._answer(Pong())

    def _prepare(self, command: Prepare) -> None:
        self._socket_folder, self._lease = command.socket_folder, command.lease
        self._admitted, self._will = command.admitted, command.will
        try:
            entry = cast("Callable[[bytes, str], Life]", pkgutil.resolve_name(command.entry))
        except (ImportError, AttributeError, ValueError) as error:
            self._give_up(f"cannot load {command.entry}: {error}")
            return
        if command.lease is not None:
            try:
                self._door = Door(Path(command.lease.door), command.lease.token, os.getuid())
            except OSError as error:
                self._give_up(f"cannot listen at {command.lease.door}: {error}")
                return
            self._owner_grace_s = command.lease.owner_grace_s
        self._life = entry(command.topology_json, command.run_folder)
        # All that exists now stays. If a child looked for garbage in it, it would copy the pages;
        # and if it were collected here, a child would fill the holes, a page for each.
        gc.freeze()

    def _give_up(self, problem: str) -> None:
        self._answer(Failed(name=None, problem=problem))
        self._end(0.0, problem)

    def _start(self, command: Start) -> None:
        name = command.arguments.name
        number = command.arguments.incarnation + 1
        _log(f"start {name}, process {number} of this daemon: {command.cause}")
        problem = self._objection(name)
        if problem is None:
            assert self._life is not None
            if number > 1:
                remove_socket(Path(self._socket_folder), command.arguments.address)
            try:
                told = replace(command.arguments, admitted=self._admitted)
                pid = self._children.fork(self._life, told, self._own())
            except OSError as error:
                problem = f"cannot open its log, or fork: {error}"
            else:
                self._answer(Started(name=name, pid=pid))
        if problem is not None:
            self._answer(Failed(name=name, problem=problem))

    def _objection(self, name: str) -> str | None:
        if self._grace_s is not None:
            return "the fork server is ending"
        if self._life is None:
            return "the fork server was not prepared"
        if name in self._children:
            return f"it still runs as process {self._children.pid_of(name)}"
        if len(self._children) >= CHILDREN_MAX:
            return f"{CHILDREN_MAX} daemons run already, the most that one machine may host"
        return None

    # ------------------------------------------------------------------------------ children

    def _own(self) -> list[int]:
        """What is no business of a child."""
        owner = [] if self._owner is None else self._owner.descriptors
        door = [] if self._door is None else self._door.descriptors
        return [self._wakeup, self._waker, *owner, *door]

    def _end_children(self, grace_s: float) -> None:
        for signum, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, KILLED_WAIT_S)):
            self._children.end_all(signum)
            deadline = time.monotonic() + patience_s
            while self._children and (left_s := deadline - time.monotonic()) > 0:
                self._wait(left_s)


def _wake(signum: int, stack: FrameType | None) -> None:
    """Handle nothing: a handler must exist for the number to reach the wakeup pipe."""


def _log(text: str) -> None:
    sys.stderr.write(f"{time_text(time.time())} {text}\n")
