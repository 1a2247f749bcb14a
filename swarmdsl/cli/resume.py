"""`swarm resume`: look after a run whose own process died."""

from __future__ import annotations

from swarmdsl.api import resume_run
from swarmdsl.cli.chosen import say_unreadable
from swarmdsl.cli.command import Command
from swarmdsl.cli.detach import detach_resumed
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.run import displayed, show_end
from swarmdsl.cli.secrets_given import Given, secrets_for
from swarmdsl.control.home import RunFolder, find_run, list_runs
from swarmdsl.control.resuming import why_not_lost_resumable
from swarmdsl.control.stored_run import StoredRun, is_lost, record_of
from swarmdsl.errors import SwarmError


def resume(command: Command) -> Exit:
    """Go on with a run to its end, as `swarm run` would have; with `--detach` in the background.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        RunNotResumable: it has ended, or a living process looks after it.
        SecretsWrong: the secrets of the run, which no file has, are to be given again.
        UsageError: no run is named, and none can be resumed.
    """
    run = command.arguments.run or _newest_unattended(command).id
    found = find_run(command.home, run)
    given = _given(command, found)
    if command.arguments.detach:
        return detach_resumed(command, found, given)
    with displayed(command) as observers:
        ended = resume_run(
            run,
            home=command.home,
            environment=given.environment,
            observers=observers,
            secrets=given.values,
        )
    return show_end(command, ended, {})


def _given(command: Command, run: RunFolder) -> Given:
    """The secrets of a lost run; of one that is refused anyhow nobody need be asked for any."""
    stored = StoredRun.open(run)
    if stored.is_unattended():
        return secrets_for(command, stored.topology)
    return Given(values={}, environment=command.environment)


def _newest_unattended(command: Command) -> RunFolder:
    """The newest run that has not ended and that nobody looks after; one that is refused last."""
    lost = [folder for folder in list_runs(command.home) if _is_known_lost(folder, command)]
    for folder in sorted(lost, key=lambda one: why_not_lost_resumable(one) != ""):
        return folder
    raise UsageError(
        f"no run under {command.home} can be resumed: all have ended, or are looked after"
    )


def _is_known_lost(folder: RunFolder, command: Command) -> bool:
    """Whether it is lost; of one that cannot be read it is said, and another may be meant."""
    try:
        return is_lost(record_of(folder))
    except (SwarmError, OSError) as problem:
        say_unreadable(command, folder, problem)
        return False
