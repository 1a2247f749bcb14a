"""A shelf that is a dictionary."""

from __future__ import annotations

from itertools import count

from swarmdsl.wire.codec import Payload


class MemoryShelf:
    """What a daemon puts on disk, where a test can see it."""

    def __init__(self) -> None:
        self._payloads: dict[int, Payload] = {}
        self._tickets = count(1)

    def __len__(self) -> int:
        return len(self._payloads)

    def put(self, payload: Payload) -> int:
        ticket = next(self._tickets)
        self._payloads[ticket] = payload
        return ticket

    def get(self, ticket: int) -> Payload:
        return self._payloads[ticket]

    def drop(self, ticket: int) -> None:
        del self._payloads[ticket]
