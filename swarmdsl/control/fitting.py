"""Answers to calls are of a limited size, on their way and in the store."""

from __future__ import annotations

from swarmdsl.daemon.reports import CALL_BYTES_MAX, TOO_LONG
from swarmdsl.errors import CallFailed
from swarmdsl.wire.answers import Answer
from swarmdsl.wire.messages import Call


def fitting(call: Call, answer: Answer) -> Answer:
    """The answer, if it is not longer than one may be.

    Raises:
        CallFailed: it is.
    """
    if answer.size > CALL_BYTES_MAX:
        raise CallFailed(call.method, TOO_LONG.format(answer.size, CALL_BYTES_MAX))
    return answer
