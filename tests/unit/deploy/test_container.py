"""The line to a container: what is said early waits, what the daemon writes is in its log."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from swarmdsl.daemon.contained_protocol import OutOfMemory, Output
from swarmdsl.daemon.fork_protocol import Command, Ping, Pong, command_reader, frame
from swarmdsl.deploy.engines.container import STRAY_BYTES_MAX, Container
from swarmdsl.deploy.engines.docker_stream import STANDARD_ERROR, STANDARD_OUTPUT


@dataclass
class Line:
    """A container, and the other side of its line."""

    container: Container
    near: socket.socket
    far: socket.socket
    log: Path

    def begin(self) -> None:
        self.container.begin(self.near, os.getpid(), now_s=0.0)

    def says(self, message: msgspec.Struct) -> None:
        self.writes(STANDARD_OUTPUT, frame(message))

    def writes(self, output: int, data: bytes) -> None:
        self.far.sendall(struct.pack(">BxxxI", output, len(data)) + data)

    def heard(self) -> list[Command]:
        return command_reader().feed(self.far.recv(65_536))


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    near, far = socket.socketpair()
    near.settimeout(0.0)
    log = tmp_path / "logs" / "w@a#0.log"
    container = Container("w@a#0", log, now_s=0.0)
    yield Line(container, near, far, log)
    container.close()
    near.close()
    far.close()


def test_what_is_said_before_it_starts_is_said_then(line: Line) -> None:
    line.container.say(Ping())
    before = line.container.has_more
    line.begin()
    assert (before, line.container.has_more) == (True, False)
    assert line.heard() == [Ping()]


def test_what_the_daemon_writes_goes_to_its_log_and_is_no_answer(line: Line) -> None:
    line.begin()
    line.says(Output(data=b"one\n"))
    line.says(OutOfMemory(limit=7))
    line.says(Output(data=b"two\n"))
    assert [*line.container.read()] == [OutOfMemory(limit=7)]
    assert line.log.read_bytes() == b"one\ntwo\n"


def test_a_log_is_added_to(line: Line) -> None:
    line.log.parent.mkdir()
    line.log.write_bytes(b"of a former container\n")
    line.begin()
    line.says(Output(data=b"of this one\n"))
    assert not [*line.container.read()]
    assert line.log.read_bytes() == b"of a former container\nof this one\n"


def test_the_end_of_the_line_is_told_after_what_came_before(line: Line) -> None:
    line.begin()
    line.says(Pong())
    line.far.close()
    heard = line.container.read()
    assert next(heard) == Pong()
    with pytest.raises(EOFError):
        next(heard)


def test_the_last_words_outside_the_protocol_are_kept(line: Line) -> None:
    line.begin()
    line.writes(STANDARD_ERROR, b"x" * STRAY_BYTES_MAX)
    line.writes(STANDARD_ERROR, b"ImportError: no module named numpy")
    assert not [*line.container.read()]
    assert line.container.stray.endswith("ImportError: no module named numpy")
    assert len(line.container.stray) == STRAY_BYTES_MAX


def test_what_does_not_speak_the_protocol_counts_as_ended(line: Line) -> None:
    line.begin()
    line.writes(STANDARD_OUTPUT, b"\x00\x00\x00\x02{}")
    with pytest.raises(EOFError):
        next(line.container.read())
    assert "not a message" in line.container.stray


def test_one_that_is_silent_is_asked_and_heard(line: Line) -> None:
    line.begin()
    for second in range(1, 3):
        line.container.pulse.look(float(second))
    assert line.container.pulse.is_due
    line.container.ask()
    assert line.heard() == [Ping()]
    line.says(Pong())
    assert [*line.container.read()] == [Pong()]
    assert not line.container.pulse.is_silent


def test_a_process_that_is_not_found_has_its_own_number(line: Line) -> None:
    line.begin()
    assert line.container.pid_here(999_999) == 999_999
