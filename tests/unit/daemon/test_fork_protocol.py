"""Frames survive any cut; what is no frame is refused."""

from __future__ import annotations

import struct
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.daemon import fork_protocol
from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.fork_protocol import (
    FRAME_BYTES_MAX,
    Answer,
    Command,
    Continued,
    Exited,
    Failed,
    Ping,
    Pong,
    Prepare,
    Shutdown,
    Signal,
    Start,
    Started,
    Suspended,
    answer_reader,
    command_reader,
    frame,
)
from swarmdsl.errors import WireError

ARGUMENTS = DaemonArguments(
    run="r",
    name="worker@node1#0",
    incarnation=2,
    address="ipc:///tmp/swarm-0/0",
    controller="ipc:///tmp/swarm-0/c",
    run_folder="/runs/r",
)
COMMANDS: list[Command] = [
    Prepare(topology_json=b"{}", socket_folder="/tmp/swarm-0"),
    Start(arguments=ARGUMENTS, cause="the run starts"),
    Signal(name="worker@node1#0", signum=15, cause="the run ended"),
    Ping(),
    Shutdown(grace_s=1.5),
]
ANSWERS: list[Answer] = [
    Started(name="a", pid=1),
    Suspended(name="a", pid=1),
    Continued(name="a", pid=1),
    Exited(name="a", pid=1, incarnation=0, exit_code=None, signal=9),
    Pong(),
    Failed(name=None, problem="no"),
]


@given(st.lists(st.integers(min_value=0, max_value=400), max_size=12))
def test_commands_arrive_whole_however_the_stream_is_cut(cuts: list[int]) -> None:
    stream = b"".join(frame(one) for one in COMMANDS)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    reader = command_reader()
    parts = [stream[a:b] for a, b in pairwise(edges)]
    assert [one for part in parts for one in reader.feed(part)] == COMMANDS


def test_answers_arrive_in_one_piece_too() -> None:
    assert answer_reader().feed(b"".join(frame(one) for one in ANSWERS)) == ANSWERS


def test_a_length_beyond_the_limit_is_refused_before_its_body_arrives() -> None:
    with pytest.raises(WireError, match="at most 67108864 are allowed"):
        command_reader().feed(struct.pack(">I", FRAME_BYTES_MAX + 1))


def test_a_message_beyond_the_limit_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_protocol, "FRAME_BYTES_MAX", 1_000)
    with pytest.raises(WireError, match="at most 1000 are allowed"):
        frame(Prepare(topology_json=bytes(1_000)))


@pytest.mark.parametrize("body", [b"\xc1", msgspec.msgpack.encode({"type": "Explode"}), b""])
def test_a_body_that_is_no_command_is_refused(body: bytes) -> None:
    with pytest.raises(WireError, match="not a message of the fork server"):
        command_reader().feed(struct.pack(">I", len(body)) + body)


def test_an_answer_is_no_command() -> None:
    with pytest.raises(WireError):
        command_reader().feed(frame(Started(name="a", pid=1)))
