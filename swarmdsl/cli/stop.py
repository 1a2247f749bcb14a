"""`swarm stop` and `swarm kill`: end a run that another process looks after."""

from __future__ import annotations

from swarmdsl.cli.chosen import again, chosen_run, going_on
from swarmdsl.cli.command import Command
from swarmdsl.cli.durations import duration_s, shown_s
from swarmdsl.cli.exits import Exit, UsageError
from swarmdsl.cli.standing import Standing, standing_of
from swarmdsl.cli.status import what
from swarmdsl.control import commanding
from swarmdsl.control.launch import LaunchOptions
from swarmdsl.control.progress import Phase, Progress
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience

WAITED_FOR_MAX = 3  # instances that are named
SOON_S = 1.0  # an end that comes so soon needs no word before it


def stop(command: Command) -> Exit:
    """Let the round that runs finish, and wait for the end of the run.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        RunUnreachable: nobody listens.
        UsageError: nobody looks after the run.
    """
    timeout_s = duration_s(command.arguments.timeout, "--timeout")
    stored = StoredRun.open(chosen_run(command))
    if _has_ended(command, stored):
        return Exit.OK
    _require_attended(command, stored)
    patience = Patience()
    commanding.ask_to_stop(stored.folder, patience)
    if timeout_s == 0:
        command.streams.say(f"run {stored.folder.id} was told; it ends when its round has finished")
        return Exit.OK
    begun_s = patience.monotonic_s()
    if not commanding.await_end(stored.folder, min(SOON_S, timeout_s), patience):
        _say_waiting(command, stored, timeout_s)
    left_s = begun_s + timeout_s - patience.monotonic_s()
    if commanding.await_end(stored.folder, left_s, patience):
        _say_end(command, stored)
        return Exit.OK if stored.has_ended() else Exit.FAILED
    _say_late(command, stored, timeout_s)
    return Exit.TIMEOUT


def kill(command: Command) -> Exit:
    """End a run at once, also one that nobody looks after; nothing of it is left running.

    Raises:
        RunNotFound: no run, or more than one, is named so.
        RunUnreachable: the process that looks after it cannot be ended.
        EngineError: its daemons cannot be had.
    """
    stored = StoredRun.open(chosen_run(command))
    if _has_ended(command, stored):
        return Exit.OK
    options = LaunchOptions(home=command.home, environment=command.environment)
    commanding.kill(stored.folder, options, Patience())
    _say_end(command, stored)
    return Exit.OK


def _has_ended(command: Command, stored: StoredRun) -> bool:
    ended = stored.has_ended()
    if ended:
        record = stored.record()
        command.streams.say(f"run {record.id} has ended already: {record.state}")
    return ended


def _require_attended(command: Command, stored: StoredRun) -> None:
    if stored.is_unattended():
        run = stored.folder.id
        raise UsageError(
            f"nobody looks after run {run}: the process that did ended without a word. "
            f"{going_on(command, stored.folder)}"
        )


def _say_end(command: Command, stored: StoredRun) -> None:
    record = stored.record()
    reason = (record.reason or "").partition("\n")[0]
    command.streams.say(f"run {record.id} is {record.state}: {reason}")


def _say_waiting(command: Command, stored: StoredRun, timeout_s: float) -> None:
    """Say for what this command waits, and how long."""
    waits_for = _waits_for(standing_of(stored.folder))
    command.streams.say(
        f"run {stored.folder.id} was told, and ends when its round has finished{waits_for}"
        f"{_of_sources(stored)}; this waits for it for at most {shown_s(timeout_s)}"
    )


def _of_sources(stored: StoredRun) -> str:
    """How long sources may still produce, if there are any."""
    topology = stored.topology
    fed = {link.destination for link in topology.links if not link.loop}
    lasting = {module.name for module in topology.modules if module.kind == "daemon"}
    sources = [one for one in topology.tasks if one.module in lasting and one.alias not in fed]
    limit = shown_s(topology.limits.stop_timeout_s)
    return f"; its sources may go on for {limit} (limits.stop_timeout_s)" if sources else ""


def _say_late(command: Command, stored: StoredRun, timeout_s: float) -> None:
    """Say what the round waits for, and what can be done."""
    run = stored.folder.id
    standing = standing_of(stored.folder)
    command.streams.say(
        f"run {run} has not ended within {shown_s(timeout_s)}{_waits_for(standing)}. It ends when "
        f"its round has finished; {again(command, 'kill', run)} ends it now"
    )


def _waits_for(standing: Standing) -> str:
    progress = standing.progress or Progress()
    busy = [one for one in progress.instances if one.phase not in {Phase.DONE, Phase.WAITING}]
    told = "; ".join(f"{one.instance}: {what(one)}" for one in busy[:WAITED_FOR_MAX])
    more = f"; and {len(busy) - WAITED_FOR_MAX} more" if len(busy) > WAITED_FOR_MAX else ""
    return f" ({told}{more})" if told else ""
