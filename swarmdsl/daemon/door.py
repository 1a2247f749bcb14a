"""Where a new owner takes over a fork server whose owner died: a socket and a token."""

from __future__ import annotations

import hmac
import select
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from swarmdsl.daemon.fork_protocol import Attach, FrameReader, Refused, frame
from swarmdsl.daemon.owner import AT_ONCE, credentials
from swarmdsl.errors import WireError

VISITORS_MAX = 8  # who knock at the same time; others wait in the kernel's queue
VISIT_S = 2.0  # to say the token; then others have their turn
VISIT_BYTES_MAX = 4_096  # of which a token takes less than a hundred


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A process that connected and has not said what it wants."""

    channel: socket.socket
    reader: FrameReader[Attach]
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """A visitor that knows the token, and how long its own successor may take."""

    channel: socket.socket
    pid: int
    owner_grace_s: float


class Door:
    """Listens in the private folder of the run. The time is handed in.

    A visitor of another user, one without the token, and one at the wrong time is shown out with
    the reason. One that says nothing keeps nobody else out.
    """

    def __init__(self, path: Path, token: str, user: int) -> None:
        self._token, self._user, self._path = token, user, path
        self._visitors: dict[int, Visitor] = {}
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.settimeout(AT_ONCE)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(VISITORS_MAX)

    @property
    def descriptors(self) -> list[int]:
        """What is open here."""
        return [self._listener.fileno(), *self._visitors]

    @property
    def until_s(self) -> float | None:
        """When to `handle` at the latest, though nothing happens."""
        return min((visitor.until_s for visitor in self._visitors.values()), default=None)

    def register(self, poll: select.poll) -> None:
        """Have the poll tell what `handle` is to hear of."""
        if len(self._visitors) < VISITORS_MAX:
            poll.register(self._listener, select.POLLIN)
        for descriptor in self._visitors:
            poll.register(descriptor, select.POLLIN)

    def handle(self, ready: Mapping[int, int], now_s: float, objection: str) -> Successor | None:
        """Let in and show out; returns who may own the server, if there is no objection."""
        for descriptor, visitor in list(self._visitors.items()):
            if descriptor in ready:
                successor = self._hear(descriptor, visitor, objection)
                if successor is not None:
                    return successor
            if now_s >= visitor.until_s and descriptor in self._visitors:
                self._show_out(descriptor, "nothing was said in time")
        if self._listener.fileno() in ready:
            self._let_in(now_s)
        return None

    def close(self) -> None:
        """Show everybody out and take the door away."""
        for descriptor in list(self._visitors):
            self._show_out(descriptor, "the fork server is ending")
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _let_in(self, now_s: float) -> None:
        try:
            channel, _ = self._listener.accept()
        except OSError:
            return  # It went away again, or there is no descriptor left for it.
        channel.settimeout(AT_ONCE)
        self._visitors[channel.fileno()] = Visitor(
            channel=channel,
            reader=FrameReader(msgspec.msgpack.Decoder(Attach)),
            until_s=now_s + VISIT_S,
        )
        if credentials(channel)[1] != self._user:
            self._show_out(channel.fileno(), "another user owns the daemons")

    def _hear(self, descriptor: int, visitor: Visitor, objection: str) -> Successor | None:
        try:
            data = visitor.channel.recv(VISIT_BYTES_MAX)
            said = visitor.reader.feed(data)
        except BlockingIOError:
            return None
        except (OSError, WireError) as error:
            self._show_out(descriptor, str(error))
            return None
        match said:
            case [Attach(token=token)] if not self._opens(token):
                self._show_out(descriptor, "the token is wrong")
            case [Attach()] if objection:
                self._show_out(descriptor, objection)
            case [Attach(owner_grace_s=grace_s)]:
                del self._visitors[descriptor]
                pid, _ = credentials(visitor.channel)
                return Successor(channel=visitor.channel, pid=pid, owner_grace_s=grace_s)
            case [] if data and len(data) < VISIT_BYTES_MAX:
                pass  # the rest is on its way
            case _:
                self._show_out(descriptor, "that is no key")
        return None

    def _opens(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._token.encode())

    def _show_out(self, descriptor: int, problem: str) -> None:
        channel = self._visitors.pop(descriptor).channel
        with suppress(OSError):  # It may have gone itself.
            channel.send(frame(Refused(problem=problem)))
        channel.close()
