"""Those who do not belong to a run, and where its processes listen.

`python -m tests.e2e.strangers ENDPOINT KEY` attacks from another process, perhaps of another
network; it exits with 0 if nobody let it in.
"""

from __future__ import annotations

import re
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import zmq

from swarmdsl.control import launch, transports
from swarmdsl.control.home import RunFolder
from swarmdsl.deploy.access import Access
from swarmdsl.topology.model import Topology
from swarmdsl.transport.curve import dialling_options, new_key_pair
from swarmdsl.transport.tcp_addresses import ENCRYPTED, TcpAddress, tcp_address

LISTENING = "0A"  # as /proc/net/tcp has it
PATIENCE_MS = 500  # for a handshake that is not to be; all of it is on one machine
ATTACKS = 4


def note_accesses(monkeypatch: pytest.MonkeyPatch) -> list[Access]:
    """The keys of each run that is started from now on; strangers know the public ones."""
    made: list[Access] = []

    def noted(topology: Topology, folder: RunFolder, host: str) -> Access:
        made.append(transports.access_of(topology, folder, host))
        return made[-1]

    monkeypatch.setattr(launch, "access_of", noted)
    return made


def listeners(pid: int) -> list[tuple[str, int]]:
    """Host and port of each place where a process listens on TCP."""
    found = {_inode(file) for file in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [row.split() for row in Path(f"/proc/{pid}/net/tcp").read_text("ascii").splitlines()[1:]]
    return [_place(row[1]) for row in rows if row[3] == LISTENING and row[9] in found]


def _inode(file: Path) -> str:
    """Of the socket behind a descriptor; empty if it is none, or was closed just now."""
    with suppress(OSError):
        if link := re.fullmatch(r"socket:\[(\d+)\]", str(file.readlink())):
            return link.group(1)
    return ""


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return socket.inet_ntoa(struct.pack("<I", int(host, 16))), int(port, 16)


def attack(place: TcpAddress) -> list[bool]:
    """Knock in four ways: unknown key, wrong key, no key, no ZeroMQ; which of them got in."""
    own, other = new_key_pair(), new_key_pair()
    return [
        _gets_in(place, dialling_options("", place, own)),
        _gets_in(place, dialling_options("", place._replace(key=other.public), own)),
        _gets_in(place, {}),
        _is_answered(place, b"GET / HTTP/1.1\r\nHost: here\r\n\r\n" * 1_000),
    ]


def _gets_in(place: TcpAddress, options: dict[zmq.SocketOption, int | bytes]) -> bool:
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        for option, value in {**options, zmq.IMMEDIATE: 1, zmq.LINGER: 0}.items():
            dealer.setsockopt(option, value)
        dealer.connect(place.endpoint)
        return bool(dealer.poll(PATIENCE_MS, zmq.POLLOUT))


def _is_answered(place: TcpAddress, said: bytes) -> bool:
    """Whether more comes back than the greeting of ZeroMQ, which everybody gets."""
    assert place.port is not None
    with socket.create_connection((place.host, place.port), PATIENCE_MS / 1_000) as raw:
        heard = b""
        try:
            raw.sendall(said)
            while part := raw.recv(4_096):
                heard += part
        except OSError:
            pass
        return len(heard) > 64


if __name__ == "__main__":
    sys.exit(any(attack(tcp_address(sys.argv[1], ENCRYPTED))))
