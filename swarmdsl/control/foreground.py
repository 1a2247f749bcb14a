"""What a program that runs a swarm in the foreground is told, though it asks for nothing.

It is told by the logger `swarmdsl`. Python shows warnings and errors of a logger that nobody has
set up on stderr; whoever has set up `logging` finds them where everything else of theirs is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from swarmdsl.compiler import report
from swarmdsl.compiler.codes import Severity
from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.control.happenings import Observer
from swarmdsl.control.launch import Outcome
from swarmdsl.control.state import ReasonKind, RunState

LOGGER = logging.getLogger("swarmdsl")

_LEVELS: dict[Severity, int] = {
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
}


def tell_findings(diagnostics: Sequence[Diagnostic]) -> None:
    """Tell what the compiler has found, a record for each finding: its place, code and message."""
    for one in diagnostics:
        LOGGER.log(_LEVELS[one.severity], "%s", report.concise([one]).rstrip("\n"))


def tell_end(outcome: Outcome, observers: Sequence[Observer] = ()) -> None:
    """Tell that a run has failed, or that another process has ended it.

    Args:
        outcome: of the run.
        observers: of the run; where one has `shows_end`, its user has been told already.

    Raises:
        KeyboardInterrupt: the user has pressed Ctrl-C, and the run has ended in good order.
    """
    run, state = outcome.folder.id, outcome.state
    told = f"run {run} ended {state.value}: {outcome.reason.text}"
    if outcome.by_ctrl_c:
        raise KeyboardInterrupt(told)
    failed = state is RunState.FAILED or outcome.reason.kind is ReasonKind.INTERRUPTED
    if failed and not any(getattr(one, "shows_end", False) for one in observers):
        LOGGER.error("%s; `swarm logs %s` shows what its tasks wrote", told, run)
