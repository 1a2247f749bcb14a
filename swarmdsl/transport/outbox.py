"""Messages that their connections could not take at once: kept in order, bounded, tried again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from swarmdsl.transport.base import Connection, Endpoint
from swarmdsl.wire.frames import Buffer

WAITING_MAX = 100_000
"""Messages of all connections together; far above what credit lets wait in a swarm."""


class Outbox:
    """Sends on the connections of one endpoint, and keeps what they refuse.

    What waits for a connection that is gone is given up: a session sends again what matters on its
    next one. If too much waits, the connection for which most does loses it all, for it belongs to
    somebody who never reads. Its session must be told (`take_interrupted`), and begins anew.

    Attributes:
        dropped: messages that were lost because too many waited.
        lags: whether something waits, or was given up and its session does not know yet.

    >>> from swarmdsl.transport.memory import MemoryNetwork
    >>> network = MemoryNetwork()
    >>> leaf = network.listen("memory://leaf")
    >>> outbox, hub = Outbox(leaf), leaf.dial("memory://hub")
    >>> outbox.send(hub, [b"hello"])
    >>> outbox.blocked
    [1]
    >>> here = network.listen("memory://hub")
    >>> outbox.retry()
    >>> outbox.blocked, len(here.receive(0))
    ([], 1)
    """

    def __init__(self, endpoint: Endpoint, waiting_max: int = WAITING_MAX) -> None:
        self.dropped = 0
        self.lags = False
        self._endpoint = endpoint
        self._waiting_max = waiting_max
        self._waiting: dict[Connection, deque[list[Buffer]]] = {}
        self._count = 0
        self._interrupted: list[Connection] = []

    @property
    def blocked(self) -> list[Connection]:
        """The connections for which something waits."""
        return list(self._waiting)

    def send(self, connection: Connection, frames: list[Buffer]) -> None:
        """Send a message, or keep it behind those that wait for its connection."""
        waiting = self._waiting.get(connection)
        if waiting is None:
            if self._endpoint.send(connection, frames) or self._endpoint.is_gone(connection):
                return
            waiting = self._waiting[connection] = deque()
            self.lags = True
        waiting.append(frames)
        self._count += 1
        if self._count > self._waiting_max:
            self._drop()

    def send_all(self, messages: Iterable[tuple[Connection, list[Buffer]]]) -> None:
        """Send messages, those of one connection together and in order."""
        by_connection: dict[Connection, list[list[Buffer]]] = {}
        for connection, frames in messages:
            by_connection.setdefault(connection, []).append(frames)
        for connection, together in by_connection.items():
            taken = 0
            if len(together) > 1 and connection not in self._waiting:
                taken = self._endpoint.send_all(connection, together)
            for frames in together[taken:]:
                self.send(connection, frames)

    def retry(self) -> None:
        """Send what can be sent by now."""
        for connection in self.blocked:
            waiting = self._waiting[connection]
            while waiting and self._endpoint.send(connection, waiting[0]):
                waiting.popleft()
                self._count -= 1
            if not waiting or self._endpoint.is_gone(connection):
                self._give_up(connection)

    def _drop(self) -> None:
        fullest = max(self._waiting, key=lambda connection: len(self._waiting[connection]))
        self.dropped += self._give_up(fullest)
        self._interrupted.append(fullest)
        self.lags = True

    def take_interrupted(self) -> list[Connection]:
        """Connections of which something was dropped since the last call."""
        interrupted, self._interrupted = self._interrupted, []
        self.lags = bool(self._waiting)
        return interrupted

    def _give_up(self, connection: Connection) -> int:
        given_up = len(self._waiting.pop(connection))
        self._count -= given_up
        self.lags = bool(self._waiting or self._interrupted)
        return given_up
