"""What the exit codes mean, and which one an error or the end of a run has."""

from __future__ import annotations

from enum import IntEnum

from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.errors import (
    CallTimedOut,
    DeploymentUnreadable,
    EngineError,
    ExtraMissing,
    InventoryError,
    PlatformUnsupported,
    RunNotEnded,
    RunNotFound,
    RunNotResumable,
    RunUnkept,
    RunUnreachable,
    SecretsWrong,
    SimulationImpossible,
    StoreUnreadable,
    SwarmError,
    TargetError,
    TopologyError,
)


class Exit(IntEnum):
    """The exit codes; scripts may rely on them."""

    OK = 0
    FAILED = 1  # findings, or a run that did not complete
    USAGE = 2
    ENVIRONMENT = 3
    TIMEOUT = 4
    INTERRUPTED = 130
    READER_GONE = 141  # as a shell reports a program that SIGPIPE ended


class UsageError(SwarmError):
    """The command line, a variable or `[tool.swarm]` asks for what cannot be."""


def exit_for(problem: SwarmError) -> Exit:
    """The exit code for an error.

    >>> exit_for(PlatformUnsupported("darwin"))
    <Exit.ENVIRONMENT: 3>
    """
    match problem:
        case UsageError() | TargetError() | TopologyError() | InventoryError():
            return Exit.USAGE
        case RunNotFound() | RunNotResumable() | StoreUnreadable() | SimulationImpossible():
            return Exit.USAGE
        case RunUnreachable() | SecretsWrong() | DeploymentUnreadable():
            return Exit.USAGE
        case RunNotEnded() | CallTimedOut():
            return Exit.TIMEOUT
        case PlatformUnsupported() | EngineError() | RunUnkept() | ExtraMissing():
            return Exit.ENVIRONMENT
        case _:
            return Exit.FAILED


def exit_for_end(state: RunState, kind: ReasonKind) -> Exit:
    """The exit code for a run that has ended.

    >>> exit_for_end(RunState.FAILED, ReasonKind.TASK_FAILED)
    <Exit.FAILED: 1>
    """
    if state is RunState.COMPLETED:
        return Exit.OK
    by_kind = {
        ReasonKind.START_TIMED_OUT: Exit.TIMEOUT,
        ReasonKind.INTERRUPTED: Exit.INTERRUPTED,
    }
    return by_kind.get(kind, Exit.FAILED)
