"""Where the processes of a run listen, and by which keys they know one another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.errors import TransportError
from swarmdsl.transport.keys import KeyPair, TcpOptions
from swarmdsl.transport.tcp_addresses import ENCRYPTED, PLAINTEXT, TcpAddress, tcp_address

LOCAL = "unix"
"""Unix sockets, for a run on one machine."""

BY_ZEROMQ = "ipc"
"""The same, carried by ZeroMQ's threads."""

LOCALS = (LOCAL, BY_ZEROMQ)

LOOPBACK = "127.0.0.1"
CHOICES = (*LOCALS, ENCRYPTED, PLAINTEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The transport of a run, with the keys of its processes if it encrypts.

    Attributes:
        transport: `unix`, `ipc`, `tcp` or `tcp-plaintext`.
        host: that all of them listen at; an address of this machine.
        keys: of the controller and of each daemon, by name; they are in memory alone.
    """

    transport: str = LOCAL
    host: str = LOOPBACK
    keys: Mapping[str, KeyPair] = field(default_factory=dict)

    def address(self, folder: Path, name: str) -> str:
        """Where a process listens at first: its own file, or a port that the kernel chooses.

        >>> Access().address(Path("/tmp/swarm-0"), "4")
        'unix:///tmp/swarm-0/4'
        >>> Access(transport="tcp").address(Path("/tmp/swarm-0"), "4")
        'tcp://127.0.0.1:*'
        """
        if self.transport in LOCALS:
            return f"{self.transport}://{folder}/{name}"
        return str(TcpAddress(self.transport, self.host, None))

    @property
    def admitted(self) -> bytes:
        """The public keys of all processes, one behind the other."""
        return b"".join(pair.public for pair in self.keys.values())

    def tcp(self, name: str) -> TcpOptions | None:
        """What the transport of a process needs beside the address; None where that is nothing."""
        if name not in self.keys:
            return None
        admitted = frozenset(pair.public for pair in self.keys.values())
        return TcpOptions(own=self.keys[name], admitted=admitted)


def access_for(chosen: str, daemons: Iterable[str], new_key_pair: Callable[[], KeyPair]) -> Access:
    """The access of a new run, as the user has chosen it.

    Args:
        chosen: a transport, for TCP perhaps with a host: `tcp://10.0.0.5`.
        daemons: the names of all.
        new_key_pair: makes keys.

    Raises:
        TransportError: there is no such transport, or its keys cannot be made.

    >>> access_for("tcp-plaintext://10.0.0.5", [], KeyPair).host
    '10.0.0.5'
    """
    transport, separator, host = chosen.partition("://")
    if transport not in CHOICES or (separator and (transport in LOCALS or not host)):
        raise TransportError(chosen or "no transport", _known())
    if transport in LOCALS:
        return Access(transport=transport)
    if separator:
        host = tcp_address(f"{chosen}:*", transport).host
    keys = {name: new_key_pair() for name in [CONTROLLER, *daemons]} if _encrypts(transport) else {}
    return Access(transport=transport, host=host or LOOPBACK, keys=keys)


def _encrypts(transport: str) -> bool:
    return transport == ENCRYPTED


def _known() -> str:
    return (
        f"is no transport; choose {LOCAL} (on this machine), {BY_ZEROMQ} (likewise, by threads of "
        f"ZeroMQ), {ENCRYPTED} (encrypted; "
        f"{ENCRYPTED}://HOST listens there and not at {LOOPBACK}) or {PLAINTEXT} (nothing is "
        "encrypted, and anybody may connect)"
    )


class Will(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner of daemons leaves to the next one, that they may speak with it.

    Attributes:
        controller: the address that the daemons dial.
        access: of the run; with the secrets, so it never leaves the memory of its keeper.
    """

    controller: str
    access: Access

    def packed(self) -> bytes:
        """As bytes that `unpacked` reads."""
        return msgspec.msgpack.encode(self)

    @staticmethod
    def unpacked(data: bytes) -> Will:
        """What `packed` has made.

        >>> will = Will(controller="unix:///tmp/swarm-0/controller", access=Access())
        >>> Will.unpacked(will.packed()) == will
        True
        """
        return msgspec.msgpack.decode(data, type=Will)
