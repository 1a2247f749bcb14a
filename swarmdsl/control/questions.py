"""Calls of other processes to a run's daemon modules: files in a private folder, and a bell.

Who asks writes a question into the folder `calls` beside the sockets of the run, and rings at the
pipe of the controller. The controller takes the question away before it is carried out, so that it
is carried out once at most, and puts the answer there. Files are written under another name first:
whoever finds one finds it whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec

from swarmdsl.control.waiting import Patience
from swarmdsl.daemon.reports import CALL_BYTES_MAX

FOLDER = "calls"
QUESTION, ANSWER, PART = ".question", ".answer", ".part"
QUESTIONS_AT_ONCE_MAX = 64  # as many as one daemon lets wait
READ_WITHIN_S = 1.0  # after the end of the run, whose folder is removed then
FILE_BYTES_MAX = CALL_BYTES_MAX + 65_536
_TOKEN = re.compile(r"[0-9a-f]{16,64}")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A call from outside; an empty method asks what the daemon module is."""

    token: str
    alias: str
    method: str
    timeout_s: float
    node: str | None = None
    arguments: list[bytes] = []
    keywords: dict[str, bytes] = {}


class Answer(msgspec.Struct, frozen=True):
    """What comes of it: what was returned, or what is wrong, encoded."""

    token: str
    ok: bool
    payload: bytes


class Post(Protocol):
    """Where questions of other processes come from, and their answers go."""

    def take(self) -> list[Question]:
        """Some of the questions that have come, each once; nothing when there are no more."""

    def give(self, answers: Sequence[Answer]) -> None:
        """Put answers where those who asked look for them."""

    def wait_until_read(self) -> None:
        """Let those who asked have their answers, before all of the run is removed."""


class NoPost:
    """Nobody asks from outside."""

    def take(self) -> list[Question]:
        """Nothing."""
        return []

    def give(self, answers: Sequence[Answer]) -> None:
        """There is nobody to give them to."""

    def wait_until_read(self) -> None:
        """There is nothing to read."""


class PostFolder:
    """The folder, as the controller uses it.

    Args:
        sockets: the private folder of the run's sockets.
        patience: how it waits for answers to be read.
    """

    def __init__(self, sockets: Path, patience: Patience) -> None:
        self._patience = patience
        self._folder = sockets / FOLDER
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def take(self) -> list[Question]:
        """Some of the questions that lie there, until there are none; all else is removed."""
        files = sorted(self._folder.glob(f"*{QUESTION}"))[:QUESTIONS_AT_ONCE_MAX]
        return [question for file in files if (question := _taken(file)) is not None]

    def give(self, answers: Sequence[Answer]) -> None:
        """Write answers; who finds none, for want of room, waits until its time is over."""
        for answer in answers:
            with suppress(OSError):
                put(self._folder / f"{answer.token}{ANSWER}", msgspec.msgpack.encode(answer))

    def wait_until_read(self) -> None:
        """Let those who asked take their answers away, for a bounded time."""
        self._patience.until(lambda: not any(self._folder.glob(f"*{ANSWER}")), READ_WITHIN_S)


def _taken(file: Path) -> Question | None:
    try:
        data = file.read_bytes() if file.stat().st_size <= FILE_BYTES_MAX else b""
        file.unlink()
        question = msgspec.msgpack.decode(data, type=Question)
    except (OSError, msgspec.MsgspecError):
        return None
    return question if _TOKEN.fullmatch(question.token) else None


def put(path: Path, data: bytes) -> None:
    """Write a file, so that whoever sees it sees all of it."""
    part = path.with_name(path.name + PART)
    part.write_bytes(data)
    part.rename(path)
