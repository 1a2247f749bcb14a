"""How a run ended: a few lines for a person, a document for a program."""

from __future__ import annotations

from swarmdsl.cli.streams import Streams, Style
from swarmdsl.control.state import Reason, RunState
from swarmdsl.runs import Run

DETAIL_LINES_MAX = 24  # the end of a traceback is where its cause is

_STYLES: dict[RunState, Style] = {RunState.COMPLETED: "good", RunState.FAILED: "bad"}


def say_end(streams: Streams, run: Run) -> None:
    """Say how a run ended, with the user's traceback if there is one."""
    style = _STYLES.get(run.state, "warning")
    streams.say(f"{streams.paint(run.state.value, style, streams.err)}: {run.reason.text}")
    for line in details_of(run.reason):
        streams.say(f"    {line}")


def details_of(reason: Reason) -> list[str]:
    """The lines below a reason, the first ones left out if there are many."""
    lines = reason.details.rstrip().splitlines()
    left_out = len(lines) - DETAIL_LINES_MAX
    if left_out <= 0:
        return lines
    return [
        f"... {left_out} lines left out; `swarm results` shows them",
        *lines[-DETAIL_LINES_MAX:],
    ]
