"""How an address is dialled: where ZeroMQ connects to, and with which options."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from swarmdsl.transport.sockets import NO_OPTIONS, Options


class Route(NamedTuple):
    """Where a socket connects to.

    Attributes:
        endpoint: as ZeroMQ writes it.
        options: that the socket needs for it.
        is_watched: whether a handshake may fail for good.
    """

    endpoint: str
    options: Options = NO_OPTIONS
    is_watched: bool = False


RouteTo = Callable[[str], Route]
"""Raises TransportError where an address is malformed, or another transport's."""
