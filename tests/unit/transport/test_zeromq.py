from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import pytest
import zmq

from swarmdsl.errors import TransportError
from swarmdsl.transport import sockets
from swarmdsl.transport.zeromq import ZmqEndpoint, ZmqTransport

ROUNDS_MAX = 500
ROUND_S = 0.02


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="swarm") as name:
        yield Path(name)


@pytest.fixture
def hub(folder: Path) -> Iterator[ZmqEndpoint]:
    endpoint = ZmqTransport().listen(f"ipc://{folder}/hub")
    yield endpoint
    endpoint.close()


def connect_to_itself(hub: ZmqEndpoint) -> int:
    dialled = hub.dial(hub.address)
    assert any(
        hub.send(dialled, [b"hello"]) or hub.receive(ROUND_S, [dialled]) for _ in range(ROUNDS_MAX)
    )
    return dialled


# ----------------------------------------------------------------------------------- socket file


def test_a_socket_file_of_a_dead_process_is_replaced(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "hub"))
    endpoint = ZmqTransport().listen(f"ipc://{folder}/hub")
    connect_to_itself(endpoint)
    endpoint.close()
    assert not (folder / "hub").exists()


def test_a_file_that_is_no_socket_is_kept(folder: Path) -> None:
    (folder / "hub").write_text("a thesis", encoding="utf-8")
    with pytest.raises(TransportError, match="no socket is there"):
        ZmqTransport().listen(f"ipc://{folder}/hub")
    assert (folder / "hub").read_text(encoding="utf-8") == "a thesis"


def test_a_missing_folder_is_named(folder: Path) -> None:
    with pytest.raises(TransportError, match="does the folder exist"):
        ZmqTransport().listen(f"ipc://{folder}/missing/hub")


def test_closing_leaves_the_socket_file_of_a_successor(hub: ZmqEndpoint, folder: Path) -> None:
    (folder / "hub").unlink()
    successor = ZmqTransport().listen(hub.address)
    hub.close()
    connect_to_itself(successor)
    successor.close()


def test_a_socket_file_that_somebody_removed_does_not_hinder_closing(
    hub: ZmqEndpoint, folder: Path
) -> None:
    (folder / "hub").unlink()
    hub.close()


# --------------------------------------------------------------------------------------- signals


@pytest.fixture
def alarms() -> Iterator[list[int]]:
    """Every 5 ms a signal, whose handler notes it and returns."""
    seen: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        seen.append(number)

    before = signal.signal(signal.SIGALRM, note)
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    yield seen
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.timeout(20, method="thread")  # the other method uses the alarm
def test_a_stream_of_signals_does_not_prolong_the_wait(hub: ZmqEndpoint, alarms: list[int]) -> None:
    for _ in range(10):
        assert hub.receive(0.02) == []
    assert 0 < len(alarms) < 400  # 40 in quiet; zmq_poll would last until some 2,000


@pytest.mark.timeout(20, method="thread")
def test_messages_survive_a_stream_of_signals(hub: ZmqEndpoint, alarms: list[int]) -> None:
    dialled = connect_to_itself(hub)
    arrived = 0
    for _ in range(2_000):
        hub.send(dialled, [b"a", b"b" * 100_000])
        arrived += sum(len(one.frames) == 2 for one in hub.receive(0.001))
    assert arrived > 100
    assert alarms


# ------------------------------------------------------------------------------------- resources


def test_closing_ends_all_threads_that_listening_began(folder: Path) -> None:
    before = tasks()
    endpoint = ZmqTransport().listen(f"ipc://{folder}/hub")
    connect_to_itself(endpoint)
    assert tasks() > before
    endpoint.close()
    assert tasks() == before


def test_closing_frees_all_files_that_listening_opened(folder: Path) -> None:
    before = open_files()
    for name in ("a", "b"):
        endpoint = ZmqTransport().listen(f"ipc://{folder}/{name}")
        endpoint.hang_up(connect_to_itself(endpoint))
        connect_to_itself(endpoint)
        endpoint.close()
    assert open_files() == before


def tasks() -> int:
    gc.collect()
    return len(list(Path("/proc/self/task").iterdir()))


def open_files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_peer_that_stopped_reading_does_not_hold_up_closing(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(folder / "mute"))
        mute.listen()
        leaf = ZmqTransport().listen(f"ipc://{folder}/leaf")
        assert not leaf.send(leaf.dial(f"ipc://{folder}/mute"), [b"?"])
        leaf.close()


def test_too_many_connections_are_an_error_that_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swarmdsl.transport.zeromq.DIALLED_MAX", 3)
    hub = ZmqTransport().listen(f"ipc://{folder}/hub")
    dialled = [hub.dial(hub.address) for _ in range(3)]
    with pytest.raises(TransportError, match="raise the limit of open files"):
        hub.dial(hub.address)
    hub.hang_up(dialled[0])
    hub.close()


def test_no_socket_has_heartbeats_for_they_abort_the_process(hub: ZmqEndpoint) -> None:
    hub.dial(hub.address)
    made = [hub._router, *hub._dialled]
    assert [one.getsockopt(zmq.HEARTBEAT_IVL) for one in made] == [0, 0]


# --------------------------------------------------------------------------------------- writing


class LeavingPeer:
    """A socket whose peer leaves after some frames, doing what libzmq then does."""

    def __init__(self, leaves_after: int) -> None:
        self.leaves_after, self.seen = leaves_after, 0
        self.swallowing = False
        self.flags: list[int] = []

    def send(self, frame: bytes, flags: int, *, copy: bool) -> None:
        self.flags.append(flags)
        self.seen += 1
        if self.seen == self.leaves_after + 1:
            self.swallowing = bool(flags & zmq.SNDMORE)
            raise zmq.Again
        if self.swallowing:
            self.swallowing = bool(flags & zmq.SNDMORE)


@pytest.mark.parametrize("leaves_after", range(4))
def test_a_peer_that_leaves_amid_a_message_does_not_swallow_the_next(leaves_after: int) -> None:
    peer = LeavingPeer(leaves_after)
    frames = [b"x"] * 4
    assert not sockets.write(peer, frames, [1] * 4)  # type: ignore[arg-type]
    # Refused at once, nothing is begun; refused later, the socket must see the last frame.
    assert leaves_after == 0 or not peer.swallowing
    assert all(flags & zmq.NOBLOCK for flags in peer.flags)


def test_transport_starts_nothing_before_it_listens() -> None:
    before = threading.active_count(), tasks()
    ZmqTransport()
    assert (threading.active_count(), tasks()) == before


GIVES_WAY = """
import os
from pathlib import Path
from swarmdsl.transport.zeromq import ZmqTransport

leaf = ZmqTransport().leaf()
os.nice(19)
leaf.dial("ipc:///tmp/nobody-listens-there")
threads = [one.read_text() for one in Path("/proc/self/task").glob("*/stat")]
print(sorted(int(one.rpartition(")")[2].split()[16]) for one in threads))
leaf.close()
"""


def test_who_lets_others_go_first_does_not_do_so_with_what_it_has_pushed() -> None:
    """ZeroMQ's own threads, which carry it, keep their priority."""
    found = subprocess.run([sys.executable, "-c", GIVES_WAY], capture_output=True, check=True)
    usual = os.nice(0)
    assert json.loads(found.stdout) == [usual, usual, 19]
