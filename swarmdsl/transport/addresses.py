"""How an address is written: `scheme://place`, each transport with its own idea of a place."""

from __future__ import annotations

from pathlib import Path

from swarmdsl.errors import TransportError

FILES = ("unix", "ipc")
"""The schemes whose places are files."""

PATH_BYTES_MAX = 107
"""What `sun_path` of a Unix socket holds on Linux, less the final zero."""


def memory_name(address: str) -> str:
    """The name in `memory://name`.

    Raises:
        TransportError: the address is malformed or of another transport.

    >>> memory_name("memory://hub")
    'hub'
    """
    return _place(address, "memory", example="memory://hub")


def socket_path(address: str, scheme: str) -> str:
    """The absolute path in `SCHEME:///path`, short enough for a Unix socket.

    Raises:
        TransportError: the address is malformed, of another transport or too long.

    >>> socket_path("unix:///run/swarm/hub", "unix")
    '/run/swarm/hub'
    """
    example = f"{scheme}:///run/swarm/hub"
    path = _place(address, scheme, example=example)
    if not path.startswith("/"):
        raise TransportError(address, f"the path must be absolute; write {example}")
    length = len(path.encode())
    if length > PATH_BYTES_MAX:
        raise TransportError(
            address,
            f"the path has {length} bytes and a Unix socket takes at most {PATH_BYTES_MAX}; "
            f"choose a folder whose name is {length - PATH_BYTES_MAX} bytes shorter, "
            "such as one under /tmp",
        )
    return path


def file_of(address: str) -> Path | None:
    """The file of the socket at an address; None where that is no file.

    >>> file_of("unix:///run/swarm/hub").as_posix(), file_of("memory://hub")
    ('/run/swarm/hub', None)
    """
    scheme, _, path = address.partition("://")
    return Path(path) if scheme in FILES else None


def is_dialable(address: str) -> bool:
    """Whether an address is known to its end: not where a port is yet to be chosen.

    >>> [is_dialable(one) for one in ("tcp://127.0.0.1:4711", "tcp://127.0.0.1:*", "")]
    [True, False, False]
    """
    return bool(address) and not address.endswith(":*")


def _place(address: str, scheme: str, *, example: str) -> str:
    found, separator, place = address.partition("://")
    # Zero bytes and lone surrogates are among what cannot be printed, and no socket takes them.
    if not separator or not place or not place.isprintable():
        raise TransportError(ascii(address), f"is not an address; write one like {example}")
    if found != scheme:
        raise TransportError(
            address, f"belongs to the transport {found!r}, and this is {scheme!r}; use one for both"
        )
    return place
