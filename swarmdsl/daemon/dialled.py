"""The first process of a container that dials its engine, since nobody can attach to it.

It is the parent of the process that has the daemon (`contained.py`), whose standard input and
outputs are pipes to this one, which carries them over a line to the engine. So that process is the
same as in a container to which an engine attaches, and forks its daemon from memory that no network
library has touched.

Where the engine is, and by which keys one enters, stands in a file that the cluster hands to the
container. Whoever hears nothing from the engine for as long as the file says ends without an error:
then nobody needs this container any more, and the cluster need not start it anew.
"""

from __future__ import annotations

import os
import secrets
import signal
import struct
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType

import msgspec

from swarmdsl.daemon.contained import serve_container
from swarmdsl.daemon.contained_protocol import INVITATION_FILE, Invitation
from swarmdsl.daemon.line import LIFE_BYTES, PIECE_BYTES_MAX, Hello, Line, piece_of
from swarmdsl.daemon.probe import HEALTH_FILE
from swarmdsl.errors import SwarmError, WireError
from swarmdsl.transport import transport_for
from swarmdsl.transport.base import Connection, Endpoint
from swarmdsl.transport.keys import TcpOptions

NODE = "SWARM_CLUSTER_NODE"
"""The environment variable that says on which node of the cluster the container is."""

TASK = "SWARM_CLUSTER_TASK"
"""The one that says what the cluster calls this container, if it has a name for each life."""

SERVICE = "SWARM_CLUSTER_SERVICE"
"""The one that says what has started this container, likewise."""

STANDARD_OUTPUT, STANDARD_ERROR = 1, 2
INVITATION_WAIT_S = 60.0  # for a file that another container is still to write
INVITATION_LOOK_S = 0.1
FAREWELL_S = 3.0  # for the engine to confirm the last words
STAY_MAX_S = 600.0  # for a container that is not needed any more to be removed
TURN_S = 1.0  # the longest single wait; there is always another
BLOCKED_TURN_S = 0.01  # while the pipe of commands is full
REFUSED = 1

_PIECE = struct.Struct(">BxxxI")  # as Docker parts two outputs on one line


def serve_dialled(
    daemons: str,
    environment: Mapping[str, str],
    file: Path = Path(INVITATION_FILE),
    stay_max_s: float = STAY_MAX_S,
    health: Path = Path(HEALTH_FILE),
) -> int:
    """Be the first process of a container until it has ended, or the engine is gone.

    Args:
        daemons: what it is for: the group of daemons, and the number in it.
        environment: of this process; says on which node it is.
        file: holds the invitation.
        stay_max_s: for how long to wait to be removed when the engine wants no more of it.
        health: the file by which a probe can tell how it is.

    Returns:
        The exit code: 0 also if there is no engine, for then nothing is to be started anew.
    """
    invitation = _invitation(file)
    if invitation is None:
        sys.stderr.write(f"no invitation: {file} is not there or cannot be read\n")
        return REFUSED
    hello = Hello(
        daemons=daemons,
        node=environment.get(NODE, ""),
        task=environment.get(TASK, ""),
        service=environment.get(SERVICE, ""),
    )
    child = Child(health)
    try:
        transport = transport_for(invitation.address, TcpOptions(own=invitation.keys))
        endpoint = transport.leaf()
        try:
            connection = endpoint.dial(invitation.address)
            carrier = Carrier(child, endpoint, connection, invitation.silent_max_s)
            carrier.begin(hello)
            code = carrier.run()
            if code == 0:
                carrier.stay(stay_max_s)
            return code
        finally:
            endpoint.close()
    except SwarmError as error:
        sys.stderr.write(f"cannot reach the engine: {error}\n")
        return REFUSED


def _invitation(file: Path) -> Invitation | None:
    """What the file says, waiting for it if it is not there yet."""
    deadline = time.monotonic() + INVITATION_WAIT_S
    while time.monotonic() < deadline:
        with suppress(OSError, msgspec.DecodeError):
            return Invitation.unpacked(file.read_bytes())
        signal.sigtimedwait((), INVITATION_LOOK_S)
    return None


class Child:
    """The process that has the daemon, and the pipes to it."""

    def __init__(self, health: Path) -> None:
        taken, self.commands = os.pipe2(os.O_CLOEXEC)
        self.answers, told = os.pipe2(os.O_CLOEXEC)
        self.errors, stray = os.pipe2(os.O_CLOEXEC)
        self.pid = os.fork()
        if self.pid == 0:
            for descriptor, number in ((taken, 0), (told, 1), (stray, 2)):
                os.dup2(descriptor, number)
            for descriptor in (taken, told, stray, self.commands, self.answers, self.errors):
                os.close(descriptor)
            _be_the_parent_of_the_daemon(health)
        for descriptor in (taken, told, stray):
            os.close(descriptor)
        for descriptor in (self.commands, self.answers, self.errors):
            os.set_blocking(descriptor, False)


def _be_the_parent_of_the_daemon(health: Path) -> None:
    code = REFUSED
    try:
        serve_container(health)
        code = 0
    except BaseException:  # The boundary of this process: whoever waits for it must learn why.
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


class Carrier:
    """Carries what the child is told and what it says, and buries whoever ends in the container."""

    def __init__(
        self, child: Child, endpoint: Endpoint, connection: Connection, silent_max_s: float
    ) -> None:
        self._child = child
        self._endpoint, self._connection = endpoint, connection
        self._silent_max_s = silent_max_s
        self._line = Line(secrets.token_bytes(LIFE_BYTES))
        self._line.heard_s = time.monotonic()
        self._outputs = {child.answers: STANDARD_OUTPUT, child.errors: STANDARD_ERROR}
        self._commands = bytearray()
        self._code: int | None = None
        self._is_unwanted = False  # whoever runs the container wants it to end
        self._wakeup, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def begin(self, hello: Hello) -> None:
        """Say whose container this is, and be told of signals."""
        self._line.put(msgspec.msgpack.encode(hello))
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for signum in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(signum, _wake)
        self._endpoint.watch(self._wakeup)
        for descriptor in self._outputs:
            self._endpoint.watch(descriptor)
        os.write(self._waker, bytes([signal.SIGCHLD]))  # It may have ended before anybody looked.

    def run(self) -> int:
        """Carry until the child has ended and what it said is confirmed.

        Raises:
            TransportError: the engine does not know our key, or is somebody else.
        """
        while self._code is None:
            self._turn(TURN_S)
            if self._line.is_over or self._is_forgotten:
                self._hang_up_commands()
        deadline = time.monotonic() + FAREWELL_S
        while not self._has_said_all and (left_s := deadline - time.monotonic()) > 0:
            self._turn(left_s)
        self._endpoint.send(self._connection, [self._line.last_word(self._code)])
        # The engine may want another container in the place of this one.
        return self._code or self._line.exit_code or 0

    def stay(self, max_s: float) -> None:
        """Wait to be removed: a cluster removes no container that has ended before its service."""
        deadline = time.monotonic() + max_s
        while not self._is_unwanted and (left_s := deadline - time.monotonic()) > 0:
            self._endpoint.receive(min(left_s, TURN_S))
            self._on_signals()

    @property
    def _is_forgotten(self) -> bool:
        return time.monotonic() - self._line.heard_s >= self._silent_max_s

    @property
    def _has_said_all(self) -> bool:
        return self._line.is_over or (not self._outputs and self._line.is_quiet)

    def _turn(self, wait_s: float) -> None:
        """Handle whatever happens next, if anything does within the time."""
        now_s = time.monotonic()
        due_s = self._line.due_s(now_s)
        wait_s = min(wait_s, BLOCKED_TURN_S if self._commands else TURN_S)
        arrivals = self._endpoint.receive(wait_s if due_s is None else min(wait_s, due_s))
        now_s = time.monotonic()
        for arrival in arrivals:
            with suppress(WireError):  # Whoever has our engine's key says nothing else.
                self._line.hear(piece_of(arrival.frames[0]), now_s)
        self._pass_commands_on()
        self._on_signals()
        self._take_outputs()
        for message in self._line.messages(now_s):
            self._endpoint.send(self._connection, [message])  # What is not taken is said again.

    def _pass_commands_on(self) -> None:
        while len(self._commands) < PIECE_BYTES_MAX and (data := self._line.take()):
            self._commands += data
        if not self._commands or self._child.commands < 0:
            return
        try:
            del self._commands[: os.write(self._child.commands, self._commands)]
        except BlockingIOError:
            return
        except OSError:
            self._hang_up_commands()

    def _hang_up_commands(self) -> None:
        """The child ends by it, and its daemon."""
        if self._child.commands >= 0:
            os.close(self._child.commands)
            self._child.commands = -1
        self._commands.clear()

    def _take_outputs(self) -> None:
        for descriptor, output in [*self._outputs.items()]:
            self._endpoint.unwatch(descriptor)
            while not self._line.is_full and descriptor in self._outputs:
                try:
                    data = os.read(descriptor, PIECE_BYTES_MAX - _PIECE.size)
                except BlockingIOError:
                    break
                if data:
                    self._line.put(_PIECE.pack(output, len(data)) + data)
                else:
                    del self._outputs[descriptor]
                    os.close(descriptor)
            if descriptor in self._outputs and not self._line.is_full:
                self._endpoint.watch(descriptor)

    def _on_signals(self) -> None:
        try:
            received = os.read(self._wakeup, 4_096)
        except BlockingIOError:
            return
        if signal.SIGTERM in received:
            self._is_unwanted = True
            if self._code is None:
                os.kill(self._child.pid, signal.SIGTERM)
        # The first process of a container is given its orphans, too.
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
                if ended[0] == self._child.pid:
                    code = os.waitstatus_to_exitcode(ended[1])
                    self._code = code if code >= 0 else 128 - code


def _wake(signum: int, stack: FrameType | None) -> None:
    """Handle nothing: a handler must exist for the number to reach the wakeup pipe."""
