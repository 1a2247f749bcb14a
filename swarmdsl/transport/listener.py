"""Where an endpoint over Unix sockets is dialled, and the count of those who came."""

from __future__ import annotations

import select
import socket as unix
from pathlib import Path

from swarmdsl.errors import TransportError
from swarmdsl.transport.crowd import connections_max
from swarmdsl.transport.line import Line, prepare
from swarmdsl.transport.socket_file import file_at, refuse_if_taken, remove_file

BACKLOG = 1_024
"""Connections that may wait to be accepted: a whole swarm can start in one instant."""

AT_ONCE_MAX = 256  # accepted in one look
GREETING_S = 10.0
"""Who has not greeted by then is shown out."""

AT_ONCE = 0.0  # as a timeout: never wait
AGAIN_S = 0.1  # until it listens again, when there was no room


class Listener:
    """Accepts who comes, as many as there is room for.

    When all places are taken, those are shown out who have not greeted soon: whoever belongs here
    does that at once. If all have, nobody is let in until one has left.

    Args:
        address: as others dial it.
        path: of the socket file; what a dead process left there is replaced.

    Attributes:
        times_full: how often it stopped listening for a while.
        minds: whether there is somebody silent inside, or nobody is let in for a while.

    Raises:
        TransportError: the address is taken, or cannot be bound.
    """

    def __init__(self, address: str, path: str) -> None:
        refuse_if_taken(address, path)
        self.address, self.times_full = address, 0
        self._socket = unix.socket(unix.AF_UNIX, unix.SOCK_STREAM | unix.SOCK_NONBLOCK)
        try:
            Path(path).unlink(missing_ok=True)
            self._socket.bind(path)
            self._socket.listen(BACKLOG)
        except OSError as error:
            self._socket.close()
            raise TransportError(
                address, f"cannot listen: {error.strerror}; does the folder exist, writable?"
            ) from error
        self._file = file_at(path)
        self._most = connections_max()
        self._came = self._greeted = 0
        self._inside: set[Line] = set()
        self._silent: dict[Line, float] = {}  # since when
        self._opens_s = 0.0  # when it listens again, if it does not
        self.minds = False

    @property
    def descriptor(self) -> int:
        """Readable when somebody is at the door."""
        return self._socket.fileno()

    @property
    def ungreeted(self) -> int:
        """How many came and have not greeted; those that are about to are among them."""
        return self._came - self._greeted

    def accept(self, now_s: float, bell: select.epoll) -> list[unix.socket]:
        """Who is at the door, as far as there is room."""
        accepted: list[unix.socket] = []
        while len(accepted) < AT_ONCE_MAX:
            if len(self._inside) + len(accepted) >= self._most:
                self._shut(now_s, bell)
                break
            try:
                socket, _ = self._socket.accept()
            except (BlockingIOError, ConnectionError):
                break
            except OSError:  # this process may open no more files
                self._shut(now_s, bell)
                break
            socket.settimeout(AT_ONCE)
            prepare(socket)
            accepted.append(socket)
        return accepted

    def _shut(self, now_s: float, bell: select.epoll) -> None:
        self.times_full += 1
        self._opens_s = now_s + AGAIN_S
        self.minds = True
        bell.unregister(self._socket.fileno())

    @property
    def look_in_s(self) -> float:
        """After how long to look again at the latest, while there is something to mind."""
        return AGAIN_S if self._opens_s else GREETING_S

    def look(self, now_s: float, bell: select.epoll) -> None:
        """Show out who is silent for too long, and listen again; what came was read before."""
        self._show_out(now_s, AGAIN_S if self._opens_s else GREETING_S)
        if self._opens_s and now_s >= self._opens_s and len(self._inside) < self._most:
            self._opens_s = 0.0
            bell.register(self._socket.fileno(), select.EPOLLIN)
        self._look_about()

    def _show_out(self, now_s: float, patience_s: float) -> None:
        for line, since_s in [*self._silent.items()]:
            if now_s - since_s >= patience_s and line.socket is not None:
                # Its endpoint reads the end, as if the peer had hung up, and forgets it.
                line.socket.shutdown(unix.SHUT_RDWR)
                del self._silent[line]

    def came(self, line: Line, now_s: float) -> None:
        """Somebody is in."""
        self._came += 1
        self._inside.add(line)
        self._silent[line] = now_s
        self.minds = True

    def greeted(self, line: Line) -> None:
        """Somebody has greeted, now or before."""
        if self._silent.pop(line, None) is not None:
            self._greeted += 1
            self._look_about()

    def left(self, line: Line) -> None:
        """Somebody has gone."""
        self._inside.discard(line)
        self._silent.pop(line, None)
        self._look_about()

    def _look_about(self) -> None:
        self.minds = bool(self._silent or self._opens_s)

    def close(self) -> None:
        """Listen no more, and remove the file."""
        remove_file(self._file)
        self._socket.close()
