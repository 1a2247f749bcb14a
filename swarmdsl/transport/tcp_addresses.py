"""How a place on TCP is written: `tcp://host:port/key`, and without a key where all is plain."""

from __future__ import annotations

import re
from typing import NamedTuple

from swarmdsl.errors import TransportError
from swarmdsl.transport.keys import KEY_BYTES

ENCRYPTED = "tcp"
PLAINTEXT = "tcp-plaintext"
"""Its name says what it is, so nobody is without encryption who did not write it."""

EVERY_HOST = frozenset({"0.0.0.0", "::"})  # noqa: S104 - names what nobody can dial
PORT_MAX = 65_535

_PLACE = re.compile(
    r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):(?P<port>\*|[0-9]{1,5})"
    r"(?:/(?P<key>[0-9a-f]*))?",
    re.ASCII,
)


class TcpAddress(NamedTuple):
    """A place on TCP.

    Attributes:
        scheme: `tcp`, or `tcp-plaintext`.
        host: a name or an address, IPv6 without brackets.
        port: None where the kernel is to choose one.
        key: the public key of whoever listens there; empty if it is not known, or there is none.

    >>> place = tcp_address("tcp://127.0.0.1:4711", ENCRYPTED)
    >>> place.endpoint, str(place._replace(port=None, host="::1"))
    ('tcp://127.0.0.1:4711', 'tcp://[::1]:*')
    """

    scheme: str
    host: str
    port: int | None
    key: bytes = b""

    @property
    def endpoint(self) -> str:
        """The place as ZeroMQ writes it."""
        return f"tcp://{self._place}"

    @property
    def _place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{'*' if self.port is None else self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self._place}{'/' if self.key else ''}{self.key.hex()}"


def tcp_address(address: str, scheme: str) -> TcpAddress:
    """The place in `tcp://host:port/key` or `tcp-plaintext://host:port`.

    Raises:
        TransportError: the address is malformed, or of another transport.

    >>> tcp_address("tcp-plaintext://[::1]:*", PLAINTEXT)
    TcpAddress(scheme='tcp-plaintext', host='::1', port=None, key=b'')
    """
    found, separator, place = address.partition("://")
    example = f"{scheme}://127.0.0.1:4711"
    if separator and found != scheme:
        raise TransportError(
            ascii(address),
            f"belongs to the transport {found!r}, and this is {scheme!r}; use one for both",
        )
    match = _PLACE.fullmatch(place)
    if not separator or match is None:
        raise TransportError(ascii(address), f"is not an address; write one like {example}")
    port = None if match["port"] == "*" else int(match["port"])
    if port is not None and not 0 < port <= PORT_MAX:
        raise TransportError(
            address, f"has no port between 1 and {PORT_MAX}; with * the system chooses one"
        )
    return TcpAddress(scheme, match["host"].strip("[]"), port, _key(address, scheme, match["key"]))


def _key(address: str, scheme: str, text: str | None) -> bytes:
    if text is None:
        return b""
    if scheme == PLAINTEXT:
        raise TransportError(
            address, f"has a key, and {PLAINTEXT} uses none; write tcp:// to encrypt"
        )
    if len(text) != 2 * KEY_BYTES:
        raise TransportError(
            address,
            f"has a key of {len(text)} characters; a public key is {2 * KEY_BYTES} "
            "hexadecimal digits",
        )
    return bytes.fromhex(text)
