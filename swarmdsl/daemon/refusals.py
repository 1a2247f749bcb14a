"""What is told of a value that its task may not push, as of one too large. Pure."""

from __future__ import annotations

from swarmdsl.daemon.culprit import told_exactly
from swarmdsl.errors import (
    ContentsRefused,
    ContentsWrong,
    PushTooLarge,
    SwarmError,
    ValueTooLarge,
)
from swarmdsl.topology.bounds import AT_MOST
from swarmdsl.wire.types import type_of_value


def refused(instance: str, value: object, error: ContentsWrong | ValueTooLarge) -> SwarmError:
    """Why an instance may not push a value, and what to do."""
    kind = type_of_value(value)
    if isinstance(error, ValueTooLarge):
        highest = AT_MOST["push_bytes"]
        return PushTooLarge(instance, kind, error.size, error.bound, highest=highest)
    problem = told_exactly(error.problem, value)
    return ContentsRefused(instance, kind, error.declared, problem)
