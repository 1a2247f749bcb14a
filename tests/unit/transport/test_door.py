"""Raw bytes and floods on a real socket: survived, counted, and bounded."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from swarmdsl.transport import crowd
from swarmdsl.transport.zeromq import ZmqEndpoint, ZmqTransport
from tests.contracts.transport_case import ROUND_S, received, send, until

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
READY = b"\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="swarm") as name:
        yield Path(name)


@pytest.fixture
def hub(folder: Path) -> Iterator[ZmqEndpoint]:
    endpoint = ZmqTransport().listen(f"ipc://{folder}/hub")
    yield endpoint
    endpoint.close()


def call(folder: Path) -> socket.socket:
    raw = socket.socket(socket.AF_UNIX)
    raw.connect(str(folder / "hub"))
    return raw


def counts(hub: ZmqEndpoint, failed: int) -> bool:
    assert hub.receive(ROUND_S) == []
    return hub.handshakes_failed == failed


def serves(hub: ZmqEndpoint, folder: Path) -> bool:
    leaf = ZmqTransport().listen(f"ipc://{folder}/leaf")
    send(leaf, leaf.dial(hub.address), [b"hello"])
    leaf.close()
    return received(hub) == [[b"hello"]]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"A",
        b"GET / HTTP/1.1\r\nHost: swarm\r\n\r\n",
        b"\x01\x00\x05\x00text",
        b"\x01\x00\xff\x00\x00\x01\x00\x00\x00\x00\x00",
        b"\xff" + bytes(8) + b"\x7f\x01\x05\x00\x00\x00\x04text",
        GREETING[:20],
        GREETING,
        GREETING.replace(b"NULL", b"ROOT"),
        GREETING + bytes(range(200)),
        GREETING + READY.replace(b"DEALER", b"NOBODY"),
    ],
    ids=[
        "nothing",
        "one byte",
        "HTTP",
        "ZMTP 1",
        "ZMTP 1, a long frame",
        "ZMTP 2",
        "half a greeting",
        "a greeting alone",
        "another mechanism",
        "a greeting and garbage",
        "another socket type",
    ],
)
def test_whoever_does_not_shake_hands_is_counted_and_brings_nothing(
    hub: ZmqEndpoint, folder: Path, raw: bytes
) -> None:
    for _ in range(2):
        with call(folder) as stranger:
            stranger.sendall(raw)
    until(lambda: counts(hub, 2))
    assert serves(hub, folder)
    until(lambda: counts(hub, 2))  # The report of a handshake may come behind its first message.


def test_who_shakes_hands_and_leaves_is_not_counted(hub: ZmqEndpoint, folder: Path) -> None:
    assert all(serves(hub, folder) for _ in range(3))
    assert (hub.handshakes_failed, hub.times_full) == (0, 0)


def test_what_comes_behind_a_handshake_costs_its_connection_alone(
    hub: ZmqEndpoint, folder: Path
) -> None:
    with call(folder) as stranger:
        stranger.sendall(GREETING + READY)
        greeting = b""
        while len(greeting) <= len(GREETING):
            greeting += stranger.recv(1_000)
        stranger.sendall(b"\x02" + b"\xff" * 8)  # a frame of all the bytes there are
        until(lambda: hub.receive(ROUND_S) == [] and stranger.recv(1_000) == b"")
    assert hub.handshakes_failed == 0
    assert serves(hub, folder)


def test_when_too_many_are_in_they_are_shown_out_and_who_dials_again_is_let_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "CONNECTIONS_MAX", 5)
    monkeypatch.setattr(crowd, "CONNECTIONS_MIN", 5)
    hub, leaf = (ZmqTransport().listen(f"ipc://{folder}/{name}") for name in ("hub", "leaf"))
    to_hub = leaf.dial(hub.address)
    send(leaf, to_hub, [b"hello"])
    assert received(hub) == [[b"hello"]]
    with ExitStack() as inside:
        for _ in range(4):
            inside.enter_context(call(folder))
        until(lambda: hub.receive(ROUND_S) == [] and hub.times_full == 1)

        def back() -> bool:
            leaf.send(to_hub, [b"again"])
            return hub.receive(ROUND_S) != []

        until(back)
    assert hub.times_full == 1
    for endpoint in (leaf, hub):
        endpoint.close()
    assert list(folder.iterdir()) == []


FLOODED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]),) * 2)
from swarmdsl.transport.zeromq import ZmqTransport
hub = ZmqTransport().listen(sys.argv[1])
print("listens", flush=True)
sys.stdin.readline()  # while nobody looks, the flood comes
for _ in range(5_000):
    for arrival in hub.receive(0.02):
        print(bytes(arrival.frames[0]).decode(), hub.times_full, flush=True)
        sys.exit()
"""


def test_a_flood_while_nobody_looks_does_not_take_the_last_file(folder: Path) -> None:
    """libzmq ends the process when it cannot accept: there must be a file left, always."""
    files = crowd.ACCEPTED_MAX + crowd.FILES_KEPT + crowd.CONNECTIONS_MIN
    command = [sys.executable, "-c", FLOODED, f"ipc://{folder}/hub", str(files)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process, ExitStack() as s:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "listens\n"
        for _ in range(files):  # more wait to be accepted than it has files
            raw = s.enter_context(socket.socket(socket.AF_UNIX))
            raw.setblocking(False)
            if raw.connect_ex(str(folder / "hub")):
                break
        s.close()
        process.stdin.write("\n")
        process.stdin.flush()
        leaf = ZmqTransport().listen(f"ipc://{folder}/leaf")
        to_hub = leaf.dial(f"ipc://{folder}/hub")

        def answered() -> bool:  # what was sent before all were shown out is lost
            leaf.send(to_hub, [b"hello"])
            return leaf.receive(ROUND_S) == [] and process.poll() is not None

        until(answered)
        assert process.stdout.readline().startswith("hello")
        leaf.close()
    assert process.returncode == 0


def test_the_soft_limit_of_files_is_raised_to_what_a_full_house_needs() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = crowd.connections_max()
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert most + crowd.ACCEPTED_MAX + crowd.FILES_KEPT <= soft or soft == hard
