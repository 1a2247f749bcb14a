"""The process engine: every daemon is a process on this machine, forked by one fork server.

The controller has threads and sockets, which a fork would copy half-alive. So the engine executes
one clean process, the fork server, commands it over a socket pair and hears from it what happened.
Its life hangs on that socket: when the engine's process ends, the server ends all daemons. If the
options grant a grace it waits for another engine before it does so: see `ProcessEngine.attach`.
"""

from __future__ import annotations

import secrets
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from swarmdsl.daemon.arguments import DaemonArguments, log_file
from swarmdsl.daemon.fork_protocol import (
    Answer,
    Command,
    Continued,
    Exited,
    Failed,
    Lease,
    Ping,
    Pong,
    Prepare,
    Refused,
    Shutdown,
    Signal,
    Start,
    Started,
    State,
    Suspended,
    answer_reader,
    frame,
)
from swarmdsl.daemon.owner_key import KEY_FILE, OwnerKey, remove_key, write_key
from swarmdsl.daemon.session import end_session
from swarmdsl.daemon.socket_folder import remove_socket_folder
from swarmdsl.deploy.access import Access, Will
from swarmdsl.deploy.engine import (
    DaemonContinued,
    DaemonExited,
    DaemonStarted,
    DaemonStartFailed,
    DaemonSuspended,
    EngineEvent,
    EngineLost,
    EngineOptions,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.deploy.engines.attaching import Attachment, attach, news_of
from swarmdsl.deploy.engines.pulse import LOOK_MAX_S, Pulse
from swarmdsl.deploy.engines.server_process import (
    ServerProcess,
    end_surely,
    execute,
)
from swarmdsl.deploy.site import Site
from swarmdsl.errors import EngineError, PlatformUnsupported, WireError
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import Topology

NAME = "process"
AT_ONCE = 0.0  # as a socket's timeout: never wait
READ_BYTES = 262_144  # one full buffer of a Unix socket
LOST_WAIT_S = 8.0  # a server that shut its socket first ends its daemons: two seconds, or killed
TOKEN_BYTES = 32  # as the standard library advises against guessing
CLOSE_MARGIN_S = 10.0  # beyond the grace: for SIGKILL to work and the last answers to arrive


class ProcessEngine:
    """Runs daemons as processes of this machine. Linux only.

    The server is executed by the first `start`; until then an engine only renders. It leads a
    session of its own, so Ctrl-C in a terminal reaches the controller alone.

    Raises:
        PlatformUnsupported: this is not Linux.
    """

    def __init__(self, options: EngineOptions) -> None:
        self.require_platform()
        self._options = options
        self._reader = answer_reader()
        self._pending: list[EngineEvent] = []
        self._pulse = Pulse(time.monotonic())
        self._server: ServerProcess | None = None
        self._lost = False
        self._closed = False
        self._channel, self._server_end = socket.socketpair()
        self._channel.settimeout(AT_ONCE)

    @classmethod
    def attach(cls, options: EngineOptions) -> ProcessEngine:
        """The engine of the daemons whose owner died, in the run folder of the options.

        Its first event is `EngineAttached`. Of the options only the run and the grace count: what
        the daemons share (sockets, topology, environment, entry, access) is as the first owner
        said.

        A fork server that does not answer is killed, and its daemons with it. When nothing lives
        the sockets of the run have been removed.

        Raises:
            EngineGone: none of them lives, or they are ending as no grace was granted.
            EngineError: they cannot be had; above all, their owner lives.
        """
        cls.require_platform()
        attachment = attach(NAME, options.run_folder, options.owner_grace_s)
        will = Will.unpacked(attachment.will)
        shared = replace(options, socket_folder=attachment.socket_folder)
        engine = cls(replace(shared, controller=will.controller, access=will.access))
        engine._take_over(attachment)
        return engine

    def _take_over(self, attachment: Attachment) -> None:
        self._channel.close()
        self._server_end.close()
        self._channel, self._reader = attachment.channel, attachment.reader
        self._channel.settimeout(AT_ONCE)
        self._server = attachment.server
        self._pulse.heard()
        for answer in attachment.answers:
            self._take(answer)

    @property
    def options(self) -> EngineOptions:
        """Its own; if it was attached, what the daemons share is as their first owner said."""
        return self._options

    @classmethod
    @contextmanager
    def site(cls, _topology: Topology, _options: EngineOptions) -> Iterator[Site]:
        """This machine, which is ready."""
        yield Site(engine=cls)

    @staticmethod
    def require_platform(_environment: Mapping[str, str] = MappingProxyType({})) -> None:
        """Nothing on Linux.

        Raises:
            PlatformUnsupported: this is not Linux.
        """
        if sys.platform != "linux":
            raise PlatformUnsupported(sys.platform)

    def render(self, topology: Topology) -> list[StartDaemon]:
        """One command per daemon, in the order of the topology, each with a socket of its own."""
        return [
            StartDaemon(
                name=daemon.name,
                arguments=self._arguments(daemon.name, str(i)),
                cause="the run starts",
            )
            for i, daemon in enumerate(expand_daemons(topology))
        ]

    def _arguments(self, name: str, place: str) -> DaemonArguments:
        options = self._options
        return DaemonArguments(
            run=options.run,
            name=name,
            incarnation=0,
            address=options.access.address(options.socket_folder, place),
            controller=options.controller,
            run_folder=str(options.run_folder),
            files=Access().address(options.socket_folder, place),
            keys=options.access.keys.get(name),
        )

    def start(self, command: StartDaemon) -> None:
        """Ask the fork server for a daemon, executing the server if this is the first.

        Raises:
            EngineError: the server cannot be executed, or the engine was closed.
        """
        self._refuse_if_closed()
        if self._server is None:
            preparation = self._preparation()
            self._server = self._execute()
            self._pulse = Pulse(time.monotonic())
            self._send(preparation)
        self._send(Start(arguments=command.arguments, cause=command.cause))

    def stop(self, command: StopDaemon) -> None:
        """Have the fork server send a signal.

        Raises:
            EngineError: the engine was closed.
        """
        self._refuse_if_closed()
        self._send(Signal(name=command.name, signum=command.signal, cause=command.cause))

    def events(self) -> list[EngineEvent]:
        """What the fork server told since the last call, or that it is gone or does not answer."""
        if not self._closed:
            self._listen()
        events, self._pending = self._pending, []
        return events

    def fileno(self) -> int:
        """This side of the line to the fork server."""
        return self._channel.fileno()

    def close(self, grace_s: float) -> None:
        """End all daemons and the fork server, and remove the sockets of the run.

        What the daemons' ends were is told by `events` afterwards.
        """
        if self._closed:
            return
        if self._server is not None and not self._lost:
            self._send(Shutdown(grace_s=grace_s))
            self._hear_out(self._server, time.monotonic() + grace_s + CLOSE_MARGIN_S)
        self._closed = True
        self._channel.close()
        self._server_end.close()
        if self._server is not None:
            self._server.forget()
        # The server's work, unless there was none or it was killed.
        remove_socket_folder(self._options.socket_folder)
        remove_key(self._options.run_folder / KEY_FILE)

    # --------------------------------------------------------------------------- the server

    def _execute(self) -> ServerProcess:
        try:
            return execute(self._server_end.fileno(), self._log, self._options.environment)
        except OSError as error:
            raise EngineError(NAME, f"cannot execute {sys.executable}: {error}") from error
        finally:
            self._server_end.close()  # So that the end of the server is the end of the stream.

    def _preparation(self) -> Prepare:
        return Prepare(
            topology_json=self._options.topology_json,
            entry=self._options.entry,
            run_folder=str(self._options.run_folder),
            socket_folder=str(self._options.socket_folder),
            lease=self._lease(),
            admitted=self._options.access.admitted,
            will=Will(controller=self._options.controller, access=self._options.access).packed(),
        )

    def _lease(self) -> Lease | None:
        """How another owner may follow this one, if that is wanted."""
        if self._options.owner_grace_s <= 0:
            return None
        key = OwnerKey(
            socket_folder=str(self._options.socket_folder), token=secrets.token_hex(TOKEN_BYTES)
        )
        try:
            key_file = write_key(self._options.run_folder, key)
        except OSError as error:
            raise EngineError(NAME, f"cannot keep the key for a later owner: {error}") from error
        return Lease(
            owner_grace_s=self._options.owner_grace_s,
            door=str(key.door),
            token=key.token,
            key_file=str(key_file),
        )

    @property
    def _log(self) -> Path:
        return log_file(self._options.run_folder, "forkserver")

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise EngineError(NAME, "it was closed; make another one")

    def _send(self, command: Command) -> None:
        """Send a command whole. Meanwhile what arrives is taken in, so neither side blocks."""
        data = memoryview(frame(command))
        while data and self._server is not None and not self._lost:
            try:
                data = data[self._channel.send(data) :]
            except BlockingIOError:
                self._pulse.asked()
                self._wait(select.POLLIN | select.POLLOUT, LOOK_MAX_S)
                self._listen()
            except OSError as error:
                self._listen()  # What the server said before it went still counts.
                self._lose(f"cannot write to the fork server: {error}")

    def _wait(self, interests: int, timeout_s: float) -> None:
        poll = select.poll()
        poll.register(self._channel, interests)
        poll.poll(timeout_s * 1_000)

    def _listen(self) -> None:
        """Take in all that has arrived, and judge how long nothing has."""
        self._pulse.look(time.monotonic())
        while not self._lost and self._receive():
            pass
        if self._server is None or self._lost:
            return
        if self._pulse.is_silent:
            # At once: what is stopped or hangs does not end by itself.
            self._server.send_signal(signal.SIGKILL)
            self._lose(f"the fork server (process {self._server.pid}) did not answer")
        elif self._pulse.is_due:
            self._pulse.asked()
            self._send(Ping())

    def _receive(self) -> bool:
        """Take in what has arrived; False if that is all for now, or for ever."""
        try:
            data = self._channel.recv(READ_BYTES)
            answers = self._reader.feed(data)
        except BlockingIOError:
            return False
        except (OSError, WireError) as error:
            self._lose(f"cannot read from the fork server: {error}")
            return False
        self._pulse.heard()
        for answer in answers:
            self._take(answer)
        if not data:
            self._lose("the fork server closed its socket")
        return not self._lost

    def _take(self, answer: Answer) -> None:
        match answer:
            case Started(name=name, pid=pid):
                self._pending.append(DaemonStarted(name=name, pid=pid))
            case Suspended(name=name, pid=pid):
                self._pending.append(DaemonSuspended(name=name, pid=pid))
            case Continued(name=name, pid=pid):
                self._pending.append(DaemonContinued(name=name, pid=pid))
            case Exited(name=name, pid=pid, exit_code=exit_code, signal=signum):
                self._pending.append(
                    DaemonExited(name=name, pid=pid, exit_code=exit_code, signal=signum)
                )
            case State():
                self._pending.append(news_of(answer))
            case Pong() | Refused():
                pass  # It was heard; nobody is refused who was taken.
            case Failed(name=None, problem=problem):
                self._lose(problem)
            case Failed(name=str(name), problem=problem):
                self._pending.append(DaemonStartFailed(name=name, problem=problem))

    def _lose(self, problem: str) -> None:
        if self._lost:
            return
        self._lost = True
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        if self._server is not None:
            self._server.send_signal(signal.SIGTERM)  # It shall wait for no other owner.
            end_surely(self._server, LOST_WAIT_S)
            end_session(self._server.pid)
            problem = f"{problem}; {self._server.outcome()}, see {self._log}"
        self._pending.append(EngineLost(problem=problem))

    def _hear_out(self, server: ServerProcess, deadline: float) -> None:
        """Collect what a server that was told to end says, and see it gone."""
        while not self._lost and (left_s := deadline - time.monotonic()) > 0:
            self._wait(select.POLLIN, min(left_s, LOOK_MAX_S))
            self._listen()
        end_surely(server, max(0.0, deadline - time.monotonic()))
        # That the server went is what was asked for.
        self._pending = [event for event in self._pending if not isinstance(event, EngineLost)]
