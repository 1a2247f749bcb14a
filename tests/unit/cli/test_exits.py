import pytest

from swarmdsl.cli.exits import Exit, UsageError, exit_for, exit_for_end
from swarmdsl.control.state import ReasonKind, RunState
from swarmdsl.errors import (
    CompileError,
    EngineError,
    InventoryError,
    PlatformUnsupported,
    RunNotEnded,
    RunNotFound,
    RunNotStarted,
    RunUnreachable,
    SwarmError,
    TargetError,
    TopologyError,
)


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (CompileError((), "SW101"), Exit.FAILED),
        (SwarmError("any other"), Exit.FAILED),
        (UsageError("no target"), Exit.USAGE),
        (TargetError("a.py", "is not there", "Check it."), Exit.USAGE),
        (TopologyError("t.toml", "is not TOML"), Exit.USAGE),
        (InventoryError("n.toml", ["no nodes"]), Exit.USAGE),
        (RunNotFound("r1", "/home", []), Exit.USAGE),
        (RunUnreachable("r1", "nobody listens"), Exit.USAGE),
        (RunNotEnded("r1", "it goes on"), Exit.TIMEOUT),
        (RunNotStarted("r1", "r1.log", "it ended"), Exit.FAILED),
        (PlatformUnsupported("darwin"), Exit.ENVIRONMENT),
        (EngineError("process", "no fork server"), Exit.ENVIRONMENT),
    ],
)
def test_error_has_its_code(problem: SwarmError, expected: Exit) -> None:
    assert exit_for(problem) is expected


@pytest.mark.parametrize(
    ("state", "kind", "expected"),
    [
        (RunState.COMPLETED, ReasonKind.MAX_ITERATION, 0),
        (RunState.FAILED, ReasonKind.TASK_FAILED, 1),
        (RunState.FAILED, ReasonKind.DAEMON_LOST, 1),
        (RunState.FAILED, ReasonKind.START_TIMED_OUT, 4),
        (RunState.STOPPED, ReasonKind.INTERRUPTED, 130),
    ],
)
def test_end_of_a_run_has_its_code(state: RunState, kind: ReasonKind, expected: int) -> None:
    assert exit_for_end(state, kind) == expected
