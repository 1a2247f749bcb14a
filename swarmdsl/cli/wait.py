"""`swarm wait`: until a run that another process looks after has ended, and then as `swarm run`."""

from __future__ import annotations

from swarmdsl.cli.chosen import chosen_run, going_on
from swarmdsl.cli.command import Command
from swarmdsl.cli.durations import duration_s, shown_s
from swarmdsl.cli.exits import Exit
from swarmdsl.cli.run import show_end
from swarmdsl.cli.stop import SOON_S
from swarmdsl.control import commanding
from swarmdsl.control.state import RunState, recorded_reason
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from swarmdsl.runs import Run


def wait(command: Command) -> Exit:
    """Wait for the end of a run, and show it and exit as `swarm run` would have.

    Ctrl-C ends the waiting, and not the run.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        UsageError: there is no run at all, or the time is none.
    """
    given = command.arguments.timeout
    timeout_s = None if given is None else duration_s(given, "--timeout")
    stored = StoredRun.open(chosen_run(command))
    if not _ends_within(command, stored, timeout_s):
        command.streams.say(
            f"run {stored.folder.id} has not ended within {shown_s(timeout_s or 0.0)}; it goes on"
        )
        return Exit.TIMEOUT
    record = stored.record()
    if record.ended_at is None or record.reason_kind is None or record.reason is None:
        command.streams.say(f"run {record.id} is LOST; {going_on(command, stored.folder)}")
        return Exit.FAILED
    reason = recorded_reason(record.reason_kind, record.reason)
    return show_end(command, Run(stored, RunState(record.state), reason), {})


def _ends_within(command: Command, stored: StoredRun, timeout_s: float | None) -> bool:
    """Whether nobody looks after it any more within this time; a long wait is told."""
    patience, run = Patience(), stored.folder
    if timeout_s is not None and timeout_s <= SOON_S:
        return commanding.await_end(run, timeout_s, patience)
    if commanding.await_end(run, SOON_S, patience):
        return True
    if not command.arguments.quiet:
        limit = "" if timeout_s is None else f", for at most {shown_s(timeout_s)}"
        command.streams.say(f"waiting for run {run.id} to end{limit}")
    return commanding.await_end(run, None if timeout_s is None else timeout_s - SOON_S, patience)
