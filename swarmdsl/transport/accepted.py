"""Numbers for the connections that others opened: a bounded memory of who is who."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.transport.base import Connection

CONNECTIONS_REMEMBERED_MAX = 4_096
"""Peers that come and go leave a number behind; this is forty times the largest hub measured."""


class AcceptedConnections:
    """The routing ids of incoming connections, and the small number of each.

    When there are too many, the one that failed first is forgotten; if none has failed, the one
    silent for longest. Should that one speak again it counts as a new connection, which its user
    must be able to live with anyway.

    >>> accepted = AcceptedConnections(iter(range(1, 10)))
    >>> accepted.number_of(b"id"), accepted.number_of(b"id")
    (1, 1)
    """

    def __init__(
        self, numbers: Iterator[Connection], remembered_max: int = CONNECTIONS_REMEMBERED_MAX
    ) -> None:
        self._unused = numbers
        self._remembered_max = remembered_max
        self._numbers: dict[bytes, Connection] = {}  # the one silent for longest comes first
        self._usable: dict[Connection, bytes] = {}
        self._failed: dict[Connection, bytes] = {}

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._numbers)

    def number_of(self, routing_id: bytes) -> Connection:
        """The number of the connection that was just heard, new if it is not remembered."""
        number = self._numbers.pop(routing_id, None)
        if number is None:
            number = self._accept(routing_id)
        self._numbers[routing_id] = number
        return number

    def routing_id_of(self, connection: Connection) -> bytes | None:
        """Where to answer; None if the connection is unknown, forgotten or failed."""
        return self._usable.get(connection)

    def failed(self, connection: Connection) -> None:
        """Note that the peer is gone. A routing id never comes back, so this is final."""
        routing_id = self._usable.pop(connection, None)
        if routing_id is not None:
            self._failed[connection] = routing_id

    def _accept(self, routing_id: bytes) -> Connection:
        if len(self._numbers) >= self._remembered_max:
            self._forget_one()
        number = next(self._unused)
        self._usable[number] = routing_id
        return number

    def _forget_one(self) -> None:
        oldest = next(iter(self._failed.values()), None) or next(iter(self._numbers))
        number = self._numbers.pop(oldest)
        self._failed.pop(number, None)
        self._usable.pop(number, None)
