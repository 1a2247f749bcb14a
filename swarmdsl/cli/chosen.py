"""The run that a command names."""

from __future__ import annotations

from swarmdsl.cli.command import Command
from swarmdsl.cli.exits import UsageError
from swarmdsl.control.home import LAST, RunFolder, find_run, list_runs
from swarmdsl.control.resuming import how_to_go_on


def chosen_run(command: Command) -> RunFolder:
    """The run that is named by its id, by a beginning of it, or `last`; the newest if none is.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        UsageError: there is no run at all.
    """
    if not list_runs(command.home):
        raise UsageError(f"there are no runs under {command.home} yet: swarm run TARGET makes one")
    return find_run(command.home, command.arguments.run or LAST)


def say_unreadable(command: Command, run: RunFolder, problem: Exception) -> None:
    """Say that a run cannot be read, unless it has just been pruned."""
    if run.store.exists():
        command.streams.say(f"run {run.id} cannot be read: {problem}")


def again(command: Command, verb: str, run: str) -> str:
    """A command for the same run, to be shown to the user."""
    return f"swarm {verb} {run}{_where(command)}"


def going_on(command: Command, run: RunFolder) -> str:
    """What can be done with a run that is LOST, likewise; its secrets are given again."""
    return how_to_go_on(run, _where(command))


def _where(command: Command) -> str:
    home = command.settings.find("home")
    return f" --home {home.text}" if home is not None and home.by_flag else ""
