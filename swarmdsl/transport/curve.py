"""CURVE, ZeroMQ's encryption: keys, and the options of the sockets that use them.

Each side proves that it has the secret half of its key. Whoever dials knows the key of whoever
listens, for it stands in the address; whoever listens lets in the keys that it was told.
"""

from __future__ import annotations

import zmq
from zmq.utils import z85

from swarmdsl.errors import TransportError
from swarmdsl.transport.keys import KEY_BYTES, KeyPair, TcpOptions
from swarmdsl.transport.sockets import Options
from swarmdsl.transport.tcp_addresses import PLAINTEXT, TcpAddress

DOMAIN = b"swarm"


def new_key_pair() -> KeyPair:
    """Keys that nobody else has.

    Raises:
        TransportError: this libzmq was built without CURVE.

    >>> new_key_pair().public != new_key_pair().public
    True
    """
    require_curve(ENCRYPTING)
    public, secret = zmq.curve_keypair()
    return KeyPair(public=z85.decode(public), secret=z85.decode(secret))


ENCRYPTING = "tcp"  # what is named where no address is at hand


def require_curve(address: str) -> None:
    """Nothing, if this libzmq can encrypt.

    Raises:
        TransportError: it was built without CURVE.
    """
    if not zmq.has("curve"):
        raise TransportError(
            address,
            "encrypts with CURVE, and this libzmq was built without it; install a pyzmq wheel, "
            f"which has it, or write {PLAINTEXT} where nobody else is on the network",
        )


def require_keys(address: str, options: TcpOptions) -> KeyPair:
    """The keys of this process, if they are whole.

    Raises:
        TransportError: there are none, or only half of them, or libzmq cannot use them.
    """
    require_curve(address)
    own = options.own
    if own is None:
        raise TransportError(
            address,
            "needs the keys of this process, and none were given; make them with "
            f"`new_key_pair`, or write {PLAINTEXT} where nobody else is on the network",
        )
    for what, key in (("public", own.public), ("secret", own.secret)):
        if len(key) != KEY_BYTES:
            raise TransportError(
                address, f"was given a {what} key of {len(key)} bytes; a key has {KEY_BYTES}"
            )
    if _public_of(own.secret) != own.public:
        raise TransportError(address, "was given a public and a secret key that are no pair")
    return own


def dialling_options(address: str, place: TcpAddress, own: KeyPair) -> Options:
    """What makes a socket dial that place, and nobody else who may listen there.

    Raises:
        TransportError: the address has no key.
    """
    if not place.key:
        raise TransportError(
            address,
            "does not say the key of whoever listens there, so they could be anybody; "
            "write it behind the port: tcp://host:port/key",
        )
    return {
        zmq.CURVE_PUBLICKEY: own.public,
        zmq.CURVE_SECRETKEY: own.secret,
        zmq.CURVE_SERVERKEY: place.key,
    }


def listening_options(own: KeyPair) -> Options:
    """What makes a socket let in whom its gate admits.

    Enforced: if there were no gate, or it broke, nobody would be let in. By default all are.
    """
    return {
        zmq.CURVE_SERVER: 1,
        zmq.CURVE_PUBLICKEY: own.public,
        zmq.CURVE_SECRETKEY: own.secret,
        zmq.ZAP_DOMAIN: DOMAIN,
        zmq.ZAP_ENFORCE_DOMAIN: 1,
    }


def _public_of(secret: bytes) -> bytes:
    return z85.decode(zmq.curve_public(z85.encode(secret)))
