"""Who is let in at the door of a fork server, by hand and with a handed-in clock."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from swarmdsl.daemon.door import VISIT_S, VISITORS_MAX, Door, Successor
from swarmdsl.daemon.fork_protocol import Answer, Attach, Refused, answer_reader, frame
from swarmdsl.daemon.socket_folder import make_socket_folder, remove_socket_folder

TOKEN = "a1b2c3"
RIGHT = Attach(token=TOKEN, owner_grace_s=1.5)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    folder = make_socket_folder(str(tmp_path))
    yield folder / "owner"
    remove_socket_folder(folder)


@pytest.fixture
def door(path: Path) -> Iterator[Door]:
    with closing(Door(path, TOKEN, os.getuid())) as door:
        yield door


def knock(path: Path, *words: bytes) -> socket.socket:
    visitor = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    visitor.setblocking(False)
    visitor.connect(str(path))
    for word in words:
        visitor.send(word)
    return visitor


def attend(door: Door, now_s: float = 0.0, objection: str = "") -> Successor | None:
    """Handle everything that is there to handle."""
    while True:
        poll = select.poll()
        door.register(poll)
        ready = dict(poll.poll(0))
        successor = door.handle(ready, now_s, objection)
        if successor is not None or not ready:
            return successor


def heard(visitor: socket.socket) -> list[Answer]:
    """What a visitor was told before it was shown out."""
    reader, answers = answer_reader(), list[Answer]()
    with suppress(ConnectionResetError):  # What it said itself was not read to the end.
        while data := visitor.recv(4_096):
            answers += reader.feed(data)
    return answers


def test_who_knows_the_token_may_own_the_server(door: Door, path: Path) -> None:
    with knock(path, frame(RIGHT)):
        successor = attend(door)
        assert successor is not None
        assert (successor.pid, successor.owner_grace_s) == (os.getpid(), 1.5)
        successor.channel.close()


def test_the_token_may_come_in_pieces(door: Door, path: Path) -> None:
    word = frame(RIGHT)
    with knock(path) as visitor:
        for byte in word[:-1]:
            visitor.send(bytes([byte]))
            assert attend(door) is None
        visitor.send(word[-1:])
        successor = attend(door)
        assert successor is not None
        successor.channel.close()


@pytest.mark.parametrize("token", ["", "a1b2c", "a1b2c3d", "ä1b2c3"])
def test_a_wrong_token_is_refused(door: Door, path: Path, token: str) -> None:
    with knock(path, frame(Attach(token=token, owner_grace_s=0))) as visitor:
        assert attend(door) is None
        assert heard(visitor) == [Refused(problem="the token is wrong")]


def test_an_objection_is_told_to_those_who_know_the_token_alone(door: Door, path: Path) -> None:
    with (
        knock(path, frame(RIGHT)) as right,
        knock(path, frame(Attach(token="x", owner_grace_s=0))) as wrong,
    ):
        assert attend(door, objection="process 7 owns the daemons") is None
        assert heard(right) == [Refused(problem="process 7 owns the daemons")]
        assert heard(wrong) == [Refused(problem="the token is wrong")]


def test_another_user_is_refused_whatever_it_says(path: Path) -> None:
    with (
        closing(Door(path, TOKEN, os.getuid() + 1)) as door,
        knock(path, frame(RIGHT)) as visitor,
    ):
        assert attend(door) is None
        assert heard(visitor) == [Refused(problem="another user owns the daemons")]


@pytest.mark.parametrize("word", [b"\xff" * 64, b"\0\0\0\1\xc1", frame(RIGHT) * 2, b"\0" * 4_096])
def test_nonsense_is_refused(door: Door, path: Path, word: bytes) -> None:
    with knock(path, word) as visitor:
        assert attend(door) is None
        (refused,) = heard(visitor)
        assert isinstance(refused, Refused)


def test_who_says_nothing_is_shown_out_in_time(door: Door, path: Path) -> None:
    deadlines = [door.until_s]
    with knock(path) as visitor:
        assert attend(door, now_s=10.0) is None
        deadlines.append(door.until_s)
        assert attend(door, now_s=10.0 + VISIT_S) is None
        deadlines.append(door.until_s)
        assert heard(visitor) == [Refused(problem="nothing was said in time")]
    assert deadlines == [None, 10.0 + VISIT_S, None]


def test_the_silent_leave_room_for_those_who_know(door: Door, path: Path) -> None:
    silent = [knock(path) for _ in range(VISITORS_MAX)]
    try:
        assert attend(door, now_s=0.0) is None
        with knock(path, frame(RIGHT)):
            assert attend(door, now_s=0.0) is None
            successor = attend(door, now_s=VISIT_S) or attend(door, now_s=VISIT_S)
            assert successor is not None
            successor.channel.close()
    finally:
        for visitor in silent:
            visitor.close()


def test_closing_shows_everybody_out_and_removes_the_socket(path: Path) -> None:
    door = Door(path, TOKEN, os.getuid())
    with knock(path) as visitor:
        attend(door)
        door.close()
        assert heard(visitor) == [Refused(problem="the fork server is ending")]
    assert not path.exists()
