"""What an engine and the first process of a container say to each other. No I/O.

It is the protocol of the fork server, over the container's standard input and output: the engine
sends `Prepare`, `Start`, `Signal`, `Ping` and `Shutdown`, the server answers as a fork server does.
Two things are said beside it: what the daemon wrote, since no file of the run is in the container,
and that the kernel ended a process for want of memory.

The keys of a daemon are in none of these: they are in a file of the container, `KEYS_FILE`.
"""

from __future__ import annotations

import msgspec

from swarmdsl.daemon.fork_protocol import Answer, FrameReader
from swarmdsl.transport.keys import KeyPair

FOLDER = "/swarm"
"""What an image of ours holds beside Python: the bundles of its swarm."""

SCRATCH = "/tmp"  # noqa: S108 - of a container, which nobody else is in
"""The one folder of a container that can be written to."""

KEYS_FILE = "/run/secrets/swarm-keys"
"""Where the keys of the daemon are, for its user alone, if its transport encrypts."""

INVITATION_FILE = "/run/secrets/swarm-invitation"
"""Where a container that must dial its engine finds how, for its user alone."""

ENTRY_FILE = f"{FOLDER}/entry.json"
"""The command of the entry point that an image of a module had, where that is run."""

RUNTIME = f"{FOLDER}/runtime"
"""What there is of ours in an image of a module: all of an image that has Python and swarmdsl."""

OUTPUT_BYTES_MAX = 65_536  # of one message: a full pipe


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `INVITATION_FILE`.

    Attributes:
        address: where the engine listens, with its public key.
        keys: by which all containers of a cluster's service are let in; None where nothing is
            encrypted. Its daemon has keys of its own, which the engine hands over.
        silent_max_s: for how long the engine may say nothing; then there is none any more.
    """

    address: str
    keys: KeyPair | None
    silent_max_s: float

    def packed(self) -> bytes:
        """As bytes that `unpacked` reads."""
        return msgspec.msgpack.encode(self)

    @staticmethod
    def unpacked(data: bytes) -> Invitation:
        """What `packed` has made.

        Raises:
            msgspec.DecodeError: this is something else.

        >>> invitation = Invitation(address="tcp-plaintext://h:1", keys=None, silent_max_s=60.0)
        >>> Invitation.unpacked(invitation.packed()) == invitation
        True
        """
        return msgspec.msgpack.decode(data, type=Invitation)


class Output(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the daemon has written, in the order in which it did; it precedes its `Exited`."""

    data: bytes


class OutOfMemory(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The kernel has ended a process of the container; it precedes the `Exited` of a daemon.

    Attributes:
        limit: the bytes that the container may take.
    """

    limit: int


Contained = Answer | Output | OutOfMemory


def contained_reader() -> FrameReader[Contained]:
    """What an engine reads with."""
    return FrameReader(msgspec.msgpack.Decoder(Contained))


def packed_keys(keys: KeyPair) -> bytes:
    """The content of `KEYS_FILE`.

    >>> unpacked_keys(packed_keys(KeyPair(public=b"p", secret=b"s"))).public
    b'p'
    """
    return msgspec.msgpack.encode(keys)


def unpacked_keys(data: bytes) -> KeyPair:
    """What `packed_keys` has made.

    Raises:
        msgspec.DecodeError: this is something else.
    """
    return msgspec.msgpack.decode(data, type=KeyPair)
