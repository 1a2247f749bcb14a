"""What is particular to Unix sockets; what all transports do is in the contract."""

from __future__ import annotations

import gc
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import pytest

from swarmdsl.errors import TransportError
from swarmdsl.transport import Arrival, courier, crowd, listener, unix
from swarmdsl.transport.stream import GREETING, head
from swarmdsl.transport.unix import UnixEndpoint, UnixTransport
from tests.contracts.transport_case import ROUND_S, fill, plain, receive, received, send, until

LARGE = bytes(range(256)) * 16_384  # 4 MiB: more than any kernel holds of a connection


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="swarm") as name:
        yield Path(name)


@pytest.fixture
def hub(folder: Path) -> Iterator[UnixEndpoint]:
    endpoint = UnixTransport().listen(f"unix://{folder}/hub")
    yield endpoint
    endpoint.close()


def itself(hub: UnixEndpoint) -> int:
    """Its connection to itself, over which something has gone."""
    to_hub = hub.dial(hub.address)
    send(hub, to_hub, [b"hello"])
    receive(hub)
    return to_hub


def knock(folder: Path, said: bytes = GREETING) -> socket.socket:
    """Somebody who is no endpoint."""
    stranger = socket.socket(socket.AF_UNIX)
    stranger.settimeout(10)
    stranger.connect(str(folder / "hub"))
    stranger.sendall(said)
    return stranger


# ----------------------------------------------------------------------------------- socket file


def test_a_socket_file_of_a_dead_process_is_replaced(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "hub"))
    endpoint = UnixTransport().listen(f"unix://{folder}/hub")
    itself(endpoint)
    endpoint.close()
    assert not (folder / "hub").exists()


def test_a_file_that_is_no_socket_is_kept(folder: Path) -> None:
    (folder / "hub").write_text("a thesis", encoding="utf-8")
    with pytest.raises(TransportError, match="no socket is there"):
        UnixTransport().listen(f"unix://{folder}/hub")
    assert (folder / "hub").read_text(encoding="utf-8") == "a thesis"


def test_a_missing_folder_is_named(folder: Path) -> None:
    with pytest.raises(TransportError, match="does the folder exist"):
        UnixTransport().listen(f"unix://{folder}/missing/hub")


def test_closing_leaves_the_socket_file_of_a_successor(hub: UnixEndpoint, folder: Path) -> None:
    (folder / "hub").unlink()
    successor = UnixTransport().listen(hub.address)
    hub.close()
    itself(successor)
    successor.close()


# ----------------------------------------------------------------------------- more than has room


def test_what_the_kernel_has_no_room_for_arrives_while_its_sender_is_busy(
    hub: UnixEndpoint, folder: Path
) -> None:
    leaf = UnixTransport().leaf()
    assert leaf.send(leaf.dial(hub.address), [b"head", LARGE])
    assert received(hub) == [[b"head", LARGE]]  # and the leaf does nothing meanwhile
    leaf.close()


def test_a_sender_that_waits_itself_writes_on_at_once(
    hub: UnixEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "PATIENCE_S", 3_600.0)
    leaf = UnixTransport().leaf()
    assert leaf.send(leaf.dial(hub.address), [LARGE])
    arrived: list[Arrival] = []

    def complete() -> bool:
        assert leaf.receive(ROUND_S) == []
        arrived.extend(hub.receive(0.0))
        return bool(arrived)

    until(complete)
    assert plain(arrived[0]) == [LARGE]
    leaf.close()


def test_messages_behind_one_that_waits_come_after_it(hub: UnixEndpoint) -> None:
    leaf = UnixTransport().leaf()
    to_hub = leaf.dial(hub.address)
    for number in range(50):
        assert leaf.send(to_hub, [b"%d" % number, LARGE[: number * 20_000]])
    assert [one[0] for one in received(hub, 50)] == [b"%d" % number for number in range(50)]
    leaf.close()


def test_a_refused_sender_is_told_when_there_is_room(hub: UnixEndpoint) -> None:
    leaf = UnixTransport().leaf()
    to_hub = leaf.dial(hub.address)
    taken = fill(leaf, to_hub, [LARGE[:10_000]])
    receive(hub, taken)
    began_s = time.monotonic()
    leaf.receive(10.0, blocked=[to_hub])
    assert time.monotonic() - began_s < 5
    assert leaf.send(to_hub, [b"next"])
    leaf.close()


def test_many_small_frames_are_one_message(hub: UnixEndpoint) -> None:
    to_hub = itself(hub)
    message = [b"%d" % number for number in range(5_000)]  # the kernel takes 1,024 pieces a call
    send(hub, to_hub, message)
    assert received(hub) == [message]


def test_closing_does_not_wait_for_one_who_never_reads(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(folder / "mute"))
        mute.listen()
        leaf = UnixTransport().leaf()
        assert leaf.send(leaf.dial(f"unix://{folder}/mute"), [LARGE])
        began_s = time.monotonic()
        leaf.close()
        assert time.monotonic() - began_s < 10 * unix.LINGER_S


# ---------------------------------------------------------------------------------------- who comes


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", GREETING + bytes(4)])
def test_who_does_not_speak_as_we_do_is_shown_out(
    hub: UnixEndpoint, folder: Path, said: bytes
) -> None:
    stranger = knock(folder, said)
    until(lambda: hub.receive(ROUND_S) == [] and not hub._reached)
    with suppress(ConnectionResetError):  # as where it has said more than we read
        assert stranger.recv(1) == b""
    itself(hub)
    stranger.close()


def test_who_says_nonsense_behind_its_greeting_has_shaken_hands(
    hub: UnixEndpoint, folder: Path
) -> None:
    with knock(folder, GREETING + head([2**32 - 1]) + b"x"):
        until(lambda: hub.receive(ROUND_S) == [] and hub._listener is not None and not hub._reached)
    itself(hub)
    assert hub.handshakes_failed == 0


def test_who_only_knocks_counts_as_a_failed_handshake(hub: UnixEndpoint, folder: Path) -> None:
    with knock(folder, b""):
        until(lambda: hub.receive(ROUND_S) == [] and hub.handshakes_failed == 1)
    itself(hub)
    assert hub.handshakes_failed == 1


def test_who_does_not_greet_in_time_is_shown_out(
    hub: UnixEndpoint, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "GREETING_S", 0.0)
    with knock(folder, b"") as stranger:
        until(lambda: hub.receive(ROUND_S) == [] and not hub._lines)
        assert stranger.recv(1) == b""


def test_a_crowd_that_does_not_greet_makes_room_for_who_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "CONNECTIONS_MAX", 5)
    monkeypatch.setattr(crowd, "CONNECTIONS_MIN", 5)
    hub = UnixTransport().listen(f"unix://{folder}/hub")
    crowded = [knock(folder, b"") for _ in range(12)]
    itself(hub)
    assert hub.times_full >= 1
    for stranger in crowded:
        stranger.close()
    hub.close()


def test_when_all_places_are_taken_the_next_waits_until_one_is_free(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "CONNECTIONS_MAX", 2)
    monkeypatch.setattr(crowd, "CONNECTIONS_MIN", 2)
    hub, leaf = UnixTransport().listen(f"unix://{folder}/hub"), UnixTransport().leaf()
    first, _second = (leaf.dial(hub.address) for _ in range(2))
    third = leaf.dial(hub.address)
    assert leaf.send(third, [b"third"])  # to where it waits
    until(lambda: hub.receive(ROUND_S) == [] and hub.times_full > 0)
    leaf.hang_up(first)
    assert received(hub) == [[b"third"]]
    leaf.close()
    hub.close()


def test_too_many_connections_are_an_error_that_says_so(
    hub: UnixEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix, "DIALLED_MAX", 3)
    dialled = [hub.dial(hub.address) for _ in range(3)]
    with pytest.raises(TransportError, match="raise the limit of open files"):
        hub.dial(hub.address)
    hub.hang_up(dialled[0])


# --------------------------------------------------------------------------------------- departure


def test_what_a_peer_said_before_it_left_is_heard_although_we_could_not_answer(
    hub: UnixEndpoint,
) -> None:
    leaf = UnixTransport().leaf()
    to_hub = leaf.dial(hub.address)
    send(leaf, to_hub, [b"hello"])
    (hello,) = receive(hub)
    send(leaf, to_hub, [b"farewell"])
    leaf.close()
    assert not hub.send(hello.connection, [b"?"])
    assert received(hub) == [[b"farewell"]]


def test_what_came_in_part_before_a_peer_died_is_never_handed_out(
    hub: UnixEndpoint, folder: Path
) -> None:
    with knock(folder, GREETING + head([100]) + b"half"):
        until(lambda: hub.receive(ROUND_S) == [] and len(hub._lines) == 1)
    until(lambda: hub.receive(ROUND_S) == [] and not hub._lines)


# --------------------------------------------------------------------------- signals and resources


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
def test_a_stream_of_signals_does_not_prolong_the_wait(
    hub: UnixEndpoint, alarms: list[int]
) -> None:
    for _ in range(10):
        assert hub.receive(0.02) == []
    assert 0 < len(alarms) < 400  # 40 in quiet


@pytest.mark.timeout(20, method="thread")
def test_messages_survive_a_stream_of_signals(hub: UnixEndpoint, alarms: list[int]) -> None:
    to_hub = itself(hub)
    arrived = 0
    for _ in range(2_000):
        hub.send(to_hub, [b"a", b"b" * 100_000])
        arrived += sum([bytes(one.frames[0]) == b"a" for one in hub.receive(0.001)])
    assert arrived > 100
    assert alarms


def test_an_endpoint_has_no_thread_while_all_it_sends_has_room(hub: UnixEndpoint) -> None:
    before = threading.active_count()
    itself(hub)
    assert threading.active_count() == before


def test_closing_frees_all_files_and_threads(folder: Path) -> None:
    before = open_files(), threading.active_count()
    for name in ("a", "b"):
        endpoint = UnixTransport().listen(f"unix://{folder}/{name}")
        endpoint.hang_up(itself(endpoint))
        send(endpoint, itself(endpoint), [LARGE])
        assert [plain(one) for one in receive(endpoint)] == [[LARGE]]
        endpoint.close()
    assert (open_files(), threading.active_count()) == before


def open_files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))
