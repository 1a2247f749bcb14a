"""How an engine takes over the fork server of a run whose owner died."""

from __future__ import annotations

import signal
import socket
import struct
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from swarmdsl.daemon.fork_protocol import (
    Answer,
    Attach,
    FrameReader,
    Refused,
    State,
    answer_reader,
    frame,
)
from swarmdsl.daemon.owner import READ_BYTES, credentials
from swarmdsl.daemon.owner_key import KEY_FILE, OwnerKey, read_key, remove_key
from swarmdsl.daemon.session import end_session
from swarmdsl.daemon.socket_folder import remove_socket_folder
from swarmdsl.deploy.engine import EndedDaemon, EngineAttached, RunningDaemon
from swarmdsl.deploy.engines.server_process import FoundServer
from swarmdsl.errors import EngineError, EngineGone, WireError

ANSWER_MAX_S = 5  # a server that lives answers in its next turn
ENDING_MAX_S = 8.0  # one that shows everybody out ends its daemons: two seconds, or killed


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What a new owner holds: the line, what came on it, the server, the folder of its sockets."""

    socket_folder: Path
    will: bytes
    channel: socket.socket
    reader: FrameReader[Answer]
    server: FoundServer
    answers: list[Answer]


def attach(engine: str, run_folder: Path, owner_grace_s: float) -> Attachment:
    """Become the owner of the run's daemons.

    If the server is gone, its sockets and its key are removed. If it does not answer it is killed
    first, as its owner would do, and its daemons with it.

    Raises:
        EngineGone: there is no server, or there is none any more.
        EngineError: it cannot be reached, or refuses.
    """
    key = _key(engine, run_folder)
    with ExitStack() as undo:
        channel = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        server = _found(engine, run_folder, key, channel)
        undo.callback(server.forget)
        reader = answer_reader()
        try:
            with suppress(BrokenPipeError):  # Why it hung up can still be read.
                channel.sendall(frame(Attach(token=key.token, owner_grace_s=owner_grace_s)))
            answers = _first_answers(channel, reader)
        except (OSError, EOFError, WireError) as error:
            raise _buried(engine, run_folder, key, server, error) from error
        if isinstance(answers[0], Refused):
            raise EngineError(engine, f"the fork server refuses: {answers[0].problem}")
        undo.pop_all()
    return Attachment(
        socket_folder=Path(key.socket_folder),
        will=answers[0].will if isinstance(answers[0], State) else b"",
        channel=channel,
        reader=reader,
        server=server,
        answers=answers,
    )


def _key(engine: str, run_folder: Path) -> OwnerKey:
    try:
        return read_key(run_folder)
    except FileNotFoundError:
        raise EngineGone(engine, f"no daemons wait for an owner: no key in {run_folder}") from None
    except (OSError, msgspec.DecodeError) as error:
        raise EngineError(engine, f"cannot read {run_folder / KEY_FILE}: {error}") from error


def _found(engine: str, run_folder: Path, key: OwnerKey, channel: socket.socket) -> FoundServer:
    """The server behind the door."""
    try:
        # Unlike a timeout of Python's, this one has `connect` wait while others are in the way.
        channel.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", ANSWER_MAX_S, 0)
        )
        channel.connect(str(key.door))
        return FoundServer(credentials(channel)[0])
    except (ConnectionRefusedError, FileNotFoundError, ProcessLookupError) as error:
        _remove_remains(run_folder, key)
        raise EngineGone(engine, "the fork server is gone, and its daemons with it") from error
    except OSError as error:
        raise EngineError(engine, f"cannot reach the fork server: {error}") from error


def _first_answers(channel: socket.socket, reader: FrameReader[Answer]) -> list[Answer]:
    deadline = time.monotonic() + ANSWER_MAX_S
    while (left_s := deadline - time.monotonic()) > 0:
        channel.settimeout(left_s)
        data = channel.recv(READ_BYTES)
        if answers := reader.feed(data):
            return answers
        if not data:
            raise EOFError("without a word")
    raise TimeoutError


def _buried(
    engine: str, run_folder: Path, key: OwnerKey, server: FoundServer, error: Exception
) -> EngineError:
    """See a server gone that said nothing; returns what was wrong with it."""
    name = f"the fork server (process {server.pid})"
    is_silent = isinstance(error, TimeoutError)
    if is_silent:
        server.send_signal(signal.SIGKILL)
    if not server.has_ended(ENDING_MAX_S):
        return EngineError(engine, f"{name} hung up: {error}")
    end_session(server.pid)
    _remove_remains(run_folder, key)
    what = "did not answer and was killed" if is_silent else "was ending"
    return EngineGone(engine, f"{name} {what}")


def _remove_remains(run_folder: Path, key: OwnerKey) -> None:
    remove_socket_folder(Path(key.socket_folder))
    remove_key(run_folder / KEY_FILE)


def news_of(state: State) -> EngineAttached:
    """What an engine tells of what it found."""
    return EngineAttached(
        running=tuple(
            RunningDaemon(
                name=one.name,
                pid=one.pid,
                incarnation=one.incarnation,
                is_suspended=one.is_suspended,
            )
            for one in state.running
        ),
        ended=tuple(
            EndedDaemon(
                name=one.name,
                pid=one.pid,
                incarnation=one.incarnation,
                exit_code=one.exit_code,
                signal=one.signal,
            )
            for one in state.ended
        ),
    )
