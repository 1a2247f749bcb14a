"""Transports: what carries messages of frames between processes, or between tests.

`base` is the Protocol, `memory` and `zeromq` stand behind it. A third is a file with a class and a
line in `TRANSPORTS`; `tests/contracts/test_transport.py` says what it must do.
"""

from __future__ import annotations

import importlib
from typing import cast

from swarmdsl.errors import TransportError
from swarmdsl.transport.base import Arrival, Connection, Endpoint, Transport

__all__ = ["Arrival", "Connection", "Endpoint", "Transport", "transport_for"]

TRANSPORTS = {
    "ipc": "swarmdsl.transport.zeromq:ZmqTransport",
    "memory": "swarmdsl.transport.memory:MemoryTransport",
}
"""By scheme, where the class is. It is called without arguments, and imported only when asked."""


def transport_for(address: str) -> Transport:
    """A new transport for the scheme of `address`; keep it if several endpoints shall meet.

    Processes meet through `ipc` whichever transport object they hold. Endpoints of `memory` meet
    only within one transport.

    Raises:
        TransportError: no transport has this scheme.

    >>> hub = transport_for("memory://hub").listen("memory://hub")
    >>> hub.address
    'memory://hub'
    """
    scheme, separator, _ = address.partition("://")
    if not separator or scheme not in TRANSPORTS:
        known = " or ".join(f"{name}://" for name in TRANSPORTS)
        raise TransportError(address, f"names no transport; begin the address with {known}")
    module, _, name = TRANSPORTS[scheme].partition(":")
    return cast("Transport", getattr(importlib.import_module(module), name)())
