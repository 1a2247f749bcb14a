"""The keys of a run's processes: who may speak with whom over a network."""

from __future__ import annotations

from dataclasses import dataclass, field

KEY_BYTES = 32  # of Curve25519


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """The key that others know a process by, and the one by which it proves that it is it.

    Attributes:
        public: 32 bytes; everybody may see them.
        secret: 32 bytes, which never show in a text.

    >>> KeyPair(public=b"p" * 32, secret=b"s" * 32)
    KeyPair(public=b'pppppppppppppppppppppppppppppppp')
    """

    public: bytes
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpOptions:
    """What an endpoint on TCP needs beside its address.

    Attributes:
        own: the keys of this process; None where nothing is encrypted.
        admitted: the public keys of those who may dial it.
        advertised: the host that others dial, if it is not the one that is bound.

    >>> TcpOptions(advertised="node1.lan").own is None
    True
    """

    own: KeyPair | None = None
    admitted: frozenset[bytes] = frozenset()
    advertised: str = ""


NO_OPTIONS = TcpOptions()


def keys_of(joined: bytes) -> list[bytes]:
    """The public keys that stand one behind the other.

    >>> [key[:1] for key in keys_of(b"a" * 32 + b"b" * 32)]
    [b'a', b'b']
    """
    return [joined[i : i + KEY_BYTES] for i in range(0, len(joined), KEY_BYTES)]
