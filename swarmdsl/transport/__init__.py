"""Transports: what carries messages of frames between processes, or between tests.

`base` is the Protocol; `memory`, `unix`, `zeromq` and `tcp` stand behind it. Another is a file with
a class and a line in `TRANSPORTS`; `tests/contracts/test_transport.py` says what it must do.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from swarmdsl.errors import TransportError
from swarmdsl.transport.base import Arrival, Connection, Endpoint, Transport
from swarmdsl.transport.keys import KeyPair, TcpOptions

__all__ = [
    "Arrival",
    "Connection",
    "Endpoint",
    "KeyPair",
    "TcpOptions",
    "Transport",
    "load_transport",
    "transport_for",
]

TRANSPORTS = {
    "unix": "swarmdsl.transport.unix:UnixTransport",
    "ipc": "swarmdsl.transport.zeromq:ZmqTransport",
    "memory": "swarmdsl.transport.memory:MemoryTransport",
    "tcp": "swarmdsl.transport.tcp:TcpTransport",
    "tcp-plaintext": "swarmdsl.transport.tcp:PlaintextTransport",
}
"""By scheme, where the class is. It is imported only when asked, and called without arguments, or
with the options that were given."""


def transport_for(address: str, options: TcpOptions | None = None) -> Transport:
    """A new transport for the scheme of `address`; keep it if several endpoints shall meet.

    Processes meet through `unix`, `ipc` and `tcp` whichever transport object they hold. Endpoints
    of `memory` meet only within one transport.

    Args:
        address: of anything on the transport.
        options: for a transport that has some.

    Raises:
        TransportError: no transport has this scheme.

    >>> hub = transport_for("memory://hub").listen("memory://hub")
    >>> hub.address
    'memory://hub'
    """
    made = _class_for(address)
    return cast("Transport", made() if options is None else made(options))


def load_transport(address: str) -> None:
    """Import all that the transport of an address needs: for who forks processes that dial it.

    Where no transport has its scheme nothing happens; who uses it is told.
    """
    with suppress(TransportError):
        _class_for(address)


def _class_for(address: str) -> Callable[..., object]:
    scheme, separator, _ = address.partition("://")
    if not separator or scheme not in TRANSPORTS:
        known = " or ".join(f"{name}://" for name in TRANSPORTS)
        raise TransportError(address, f"names no transport; begin the address with {known}")
    module, _, name = TRANSPORTS[scheme].partition(":")
    return cast("Callable[..., object]", getattr(importlib.import_module(module), name))
