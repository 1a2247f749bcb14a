"""One process calls a daemon module of a run that another looks after, and waits for the answer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from swarmdsl.control.claim import is_claimed
from swarmdsl.control.commanding import died, ring
from swarmdsl.control.placements import placement
from swarmdsl.control.placing import PLACE
from swarmdsl.control.questions import ANSWER, FOLDER, PART, QUESTION, Answer, Question, put
from swarmdsl.control.replacements import replacement
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from swarmdsl.daemon.calling import failure_of, packed
from swarmdsl.errors import CallFailed, CallTimedOut, RunUnreachable
from swarmdsl.light.calls import request
from swarmdsl.wire.codec import decode_blob

MARGIN_S = 5.0  # the controller says itself that the time is over; this is for that to arrive


def call(
    stored: StoredRun,
    alias: str,
    method: str,
    arguments: Sequence[object],
    keywords: Mapping[str, object],
    *,
    node: str | None,
    timeout_s: float,
    patience: Patience,
) -> Any:
    """What a method of a daemon module returns; with an empty method, what the module is.

    Raises:
        RunUnreachable: the run has ended, or nobody who looks after it listens.
        CallFailed: there is no such daemon or method, it refused, it raised, or its process died.
        CallTimedOut: it did not answer in time.
        EncodeError: an argument cannot travel.
    """
    asked = request(alias, method, tuple(arguments), dict(keywords), node, timeout_s)
    question = msgspec.convert({"token": secrets.token_hex(16), **packed(asked)}, Question)
    answer = _asked(stored, question, patience)
    value = decode_blob(answer.payload)
    if not answer.ok:
        raise failure_of(f"{alias}.{method}", value)
    return value


def replace_daemons(stored: StoredRun, images: Mapping[str, str], patience: Patience) -> None:
    """Have these daemons replaced, each by one of this image; returns when it is under way.

    Raises:
        RunUnreachable: the run has ended, or nobody who looks after it listens.
        CallFailed: it has no such daemon, or cannot keep what is wanted.
        CallTimedOut: the controller did not answer in time.
    """
    question = replacement(secrets.token_hex(16), images)
    answer = _asked(stored, question, patience)
    if not answer.ok:
        raise CallFailed("replace", str(decode_blob(answer.payload)))


def place_tasks(stored: StoredRun, nodes: Mapping[str, Sequence[str]], patience: Patience) -> None:
    """Have tasks take their nodes in this order from the next round on; returns when that is kept.

    Raises:
        RunUnreachable: the run has ended, or nobody who looks after it listens.
        CallFailed: it has no such task, or these are not the nodes of one.
        CallTimedOut: the controller did not answer in time.
    """
    answer = _asked(stored, placement(secrets.token_hex(16), nodes), patience)
    if not answer.ok:
        raise CallFailed(PLACE, str(decode_blob(answer.payload)))


def _asked(stored: StoredRun, question: Question, patience: Patience) -> Answer:
    """Put the question, and wait for its answer; neither is left behind."""
    sockets = stored.sockets()
    if sockets is None or not is_claimed(stored.folder.path):
        raise _unreachable(stored)
    files = [sockets / FOLDER / f"{question.token}{end}" for end in (QUESTION, ANSWER)]
    try:
        _put(stored, files[0], question)
        ring(stored, patience)
        return _awaited(stored, files[1], question, patience)
    finally:
        for file in files:
            for one in (file, file.with_name(file.name + PART)):
                with suppress(OSError):
                    one.unlink(missing_ok=True)


def _put(stored: StoredRun, file: Path, question: Question) -> None:
    try:
        put(file, msgspec.msgpack.encode(question))
    except FileNotFoundError:
        raise _unreachable(stored) from None
    except OSError as error:
        raise RunUnreachable(
            stored.folder.id, f"{file.parent} takes no question: {error}"
        ) from error


def _awaited(stored: StoredRun, file: Path, question: Question, patience: Patience) -> Answer:
    what = f"{question.alias}.{question.method}"

    def settled() -> bool:
        return file.exists() or not is_claimed(stored.folder.path)

    if not patience.until(settled, question.timeout_s + MARGIN_S):
        raise CallTimedOut(what, question.timeout_s)
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=Answer)
    except OSError:
        raise _unreachable(
            stored, "before it had answered; what became of it is not known"
        ) from None


def _unreachable(stored: StoredRun, when: str = "") -> RunUnreachable:
    run = stored.folder.id
    if stored.has_ended():
        return RunUnreachable(run, f"it has ended {when}".rstrip())
    return RunUnreachable(run, died(stored.folder, when))
