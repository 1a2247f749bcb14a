"""The other process of a pair: it dials, and echoes what comes or sends as fast as it can."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from swarmdsl.transport import Connection, Endpoint, TcpOptions, transport_for
from swarmdsl.transport.addresses import FILES
from swarmdsl.transport.curve import new_key_pair
from swarmdsl.transport.keys import KeyPair

WAIT_S = 1.0
END_S = 60.0  # what takes longer has failed
GO, OVER = b"go", b"over"
SCHEMES = ("unix", "ipc", "tcp-plaintext", "tcp")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is to do; it reads that from its standard input, as it holds a key.

    Attributes:
        address: to dial.
        keys: if the transport encrypts.
        size: of the messages that it sends, in bytes; 0 to echo.
        count: how many.
    """

    address: str
    keys: KeyPair | None
    size: int
    count: int


@contextmanager
def pair(scheme: str, size: int, count: int) -> Iterator[tuple[Endpoint, Connection]]:
    """An endpoint here, with a connection from a process that plays its part."""
    own = theirs = None
    if scheme == "tcp":
        own, theirs = new_key_pair(), new_key_pair()
    options = None if theirs is None else TcpOptions(own=own, admitted=frozenset({theirs.public}))
    with TemporaryDirectory(prefix="pair-") as folder:
        place = f"{scheme}://{folder}/hub" if scheme in FILES else f"{scheme}://127.0.0.1:*"
        with closing(transport_for(place, options).listen(place)) as hub:
            part = Part(address=hub.address, keys=theirs, size=size, count=count)
            with _playing(part):
                peer = _first(hub)
                yield hub, peer
                while not hub.send(peer, [OVER]):
                    hub.receive(WAIT_S, [peer])


@contextmanager
def _playing(part: Part) -> Iterator[None]:
    """A process that plays the part, until it is over."""
    words = [sys.executable, "-m", __name__]
    peer = subprocess.Popen(words, cwd=Path(__file__).parents[1], stdin=subprocess.PIPE)
    try:
        assert peer.stdin is not None
        with peer.stdin as line:
            line.write(msgspec.json.encode(part))
        yield
        peer.wait(END_S)
    finally:
        peer.kill()
        peer.wait()


def _first(hub: Endpoint) -> Connection:
    """Who dials, and says that it has."""
    deadline_s = time.monotonic() + END_S
    while not (arrivals := hub.receive(WAIT_S)):
        assert time.monotonic() < deadline_s, "the other process did not come"
    return arrivals[0].connection


def play(part: Part) -> None:
    """Be that process, until it is over."""
    options = None if part.keys is None else TcpOptions(own=part.keys)
    leaf = transport_for(part.address, options).leaf()
    hub = leaf.dial(part.address)
    while not leaf.send(hub, [GO]):
        leaf.receive(WAIT_S, [hub])
    message, left, over = bytes(part.size), 0, False
    while not over:
        for arrival in leaf.receive(0.0 if left else WAIT_S, [hub] if left else ()):
            said = arrival.frames[0]
            over = over or said == OVER
            if said == GO:
                left = part.count
            elif said != OVER:
                leaf.send(hub, [said])
        while left and leaf.send(hub, [message]):
            left -= 1
        if left:
            leaf.receive(WAIT_S, [hub])
    leaf.close()


if __name__ == "__main__":
    play(msgspec.json.decode(sys.stdin.buffer.read(), type=Part))
